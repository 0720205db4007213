"""Tests of the page in a real browser, against a box of their own."""
