"""The parts of `make eval`: scenes as data, the stage on which they are played, the figures that come of it."""
