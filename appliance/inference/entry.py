"""Where an engine process begins: `python -m appliance.inference.entry FD cpu|gpu [FILE...] NAME`.

It is confined first. Only then comes what is heavy, and what has threads: a thread that already runs stays free.
"""

import sys
from pathlib import Path

from appliance.inference.confine import confine


def main() -> None:
    """Become the worker that the command line describes."""
    descriptor, processor, *files, name = sys.argv[1:]
    lack = confine(map(Path, files), gpu=processor == "gpu")
    from appliance.inference.worker import work

    work(int(descriptor), name, lack)


if __name__ == "__main__":
    main()
