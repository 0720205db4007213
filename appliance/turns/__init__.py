"""Whose turn it is. Pure: no clock, no threads, no I/O."""
