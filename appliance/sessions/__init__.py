"""One conversation each; the only place where events meet commands."""
