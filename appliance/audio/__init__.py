"""The sound device, in a real-time process of its own."""
