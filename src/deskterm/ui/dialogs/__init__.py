"""Dialogs: what is asked before a command, each a modal screen with one typed answer and Esc as the way out."""
