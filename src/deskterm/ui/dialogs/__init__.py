"""Dialogs: what is asked before a command, each with one typed answer and Esc as the way out."""
