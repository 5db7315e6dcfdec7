"""Importers: readers of other systems' files, each histories and a report of what was left out."""
