"""What settings serve this machine best: candidates are tried, a rule chooses, and a person is told why."""
