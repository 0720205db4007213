"""The box on the network: pages, pairing, the interface for programs, and whoever talks from a browser."""
