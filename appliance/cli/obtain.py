"""Gets the models of the profile, with progress bars, and says in one line what is missing of the best."""
