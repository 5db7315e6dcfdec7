"""The tests of deskterm, in folders named after the packages they test."""
