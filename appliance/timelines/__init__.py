"""Timelines of turns: written down as JSON lines, read again, and drawn."""
