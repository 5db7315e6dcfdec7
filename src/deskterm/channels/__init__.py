"""Channels: how tickets come in from elsewhere; each hands plain values to the store and knows no screen."""
