"""`python -m appliance` is `appliance`: a door that is there before the house, for Ctrl-C while that is loaded."""

import sys


def main() -> int:
    """Load the commands, which takes half a second, and run one; returns its exit code."""
    try:
        from appliance.cli import main as run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
