"""Mail as a channel: bytes into values and values into bytes; what follows from them is decided elsewhere."""
