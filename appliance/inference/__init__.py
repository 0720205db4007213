"""Engines at work: a lane for each, and the scheduler that shares the cores among them."""
