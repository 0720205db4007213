"""`python -m appliance` is `appliance`: a door that is there before the house, for Ctrl-C while that is loaded.

Where no systemd watches over `appliance run`, this process does so, and another one is the appliance.
"""

import os
import sys

from appliance.guardian.keeper import keep, leave_with_keeper, wanted


def main() -> int:
    """Load the commands, which takes half a second, and run one; returns its exit code."""
    if wanted(sys.argv[1:], os.environ):
        return keep([sys.executable, "-m", "appliance", *sys.argv[1:]])
    leave_with_keeper(os.environ)
    try:
        from appliance.cli import main as run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
