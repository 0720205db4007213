"""Where sound comes from and goes to. Strangers to each other."""
