"""Measures deskterm's speed beside the floors it is held to; figures never gate a test."""
