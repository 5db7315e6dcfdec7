"""The reactive store: commands go in, frozen views come out, and subscribers hear of every commit of any process."""
