"""Numbers, times and days as people say them, both ways: read from a recogniser's words, and said by a voice."""
