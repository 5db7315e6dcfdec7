"""What is run to build, check and draw the project; none of it is part of the program."""
