"""Tests of updates: no root, no RAUC where it is not installed."""
