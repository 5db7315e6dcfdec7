"""Upkeep: what is done to a whole desk from outside its daily work, such as filling one to show."""
