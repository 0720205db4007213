"""One file per model runtime, and where the model files come from."""
