"""Tests of scripts/jetson, with trees instead of boards."""
