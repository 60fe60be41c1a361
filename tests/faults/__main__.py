"""`python -m tests.faults`: kill things and count; people read stderr, programs stdout."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.faults.attempts import ground
from tests.faults.harness import FAMILIES, run_family


def main() -> int:
    """Run the families; gives 1 when anything was lost, doubled or half seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=2, help="kills a family")
    parser.add_argument("--only", default="", help="families that start with this")
    arguments = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as name, ground(Path(name)) as on:
        for family in (one for one in FAMILIES if one.startswith(arguments.only)):
            row = run_family(family, arguments.kills, on).row()
            bad += row["lost"] + row["duplicated"] + row["half_seen"] + row["differing"]
            bad += row.get("late", 0)
            bad += max(0, row.get("refetched", 0) - row.get("in_flight", 0))
            sys.stderr.write("  ".join(f"{key} {value}" for key, value in row.items()) + "\n")
            sys.stdout.write(json.dumps(row) + "\n")
            sys.stdout.flush()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
