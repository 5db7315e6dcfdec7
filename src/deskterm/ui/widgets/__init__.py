"""The parts that screens are put together from; each paints its own lines."""
