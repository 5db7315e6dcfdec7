"""The terminal screens: everything an agent sees and presses, as one client of the store."""
