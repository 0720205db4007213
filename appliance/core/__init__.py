"""The words everything else is written in. Standard library and numpy only."""
