"""The reactive store: commands go in, frozen views come out, subscribers hear of every commit."""
