"""Tests of the screens, by keys on a real desk."""
