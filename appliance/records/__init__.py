"""What outlives a restart: conversations, and what the owner has changed, in one SQLite file."""
