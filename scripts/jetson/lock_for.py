"""Prints what a lock file asks of another machine: one Python, Linux on arm64, each line with its hashes.

pip evaluates markers for the Python that runs it, even when it is told to download for another.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

MACHINE = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "sys_platform": "linux",
    "extra": "",
}


def requirements(lock: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Each requirement with the hashes below it."""
    for entry in re.split(r"\n(?=[a-zA-Z0-9])", lock):
        words = re.findall(r"--hash=\S+", entry)
        line = entry.partition("\n")[0].rstrip("\\ ")
        if "==" in line:
            yield Requirement(line), words


def wanted(lock: str, python: str) -> Iterator[str]:
    """Lines of a lock file for that machine alone."""
    there = MACHINE | {"python_version": python, "python_full_version": f"{python}.0"}
    for requirement, hashes in requirements(lock):
        if requirement.marker is None or requirement.marker.evaluate(there):
            yield " ".join((f"{requirement.name}{requirement.specifier}", *hashes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", help="version of the target's Python, as 3.12")
    parser.add_argument("lock", type=Path, nargs="+")
    arguments = parser.parse_args()
    for lock in arguments.lock:
        sys.stdout.writelines(f"{line}\n" for line in wanted(lock.read_text(), arguments.python))


if __name__ == "__main__":
    main()
