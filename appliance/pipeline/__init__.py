"""The stages of one turn."""
