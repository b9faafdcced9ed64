# SPDX-License-Identifier: GPL-3.0-or-later
"""The long form: python -m tests.faults --injections 200 --seed 1 [--source mariadb|mysql]."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.faults import rounds
from tests.faults.stage import staged


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--injections", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--source", choices=("mariadb", "mysql"), default="mariadb")
    parser.add_argument("--profile", choices=("kratos", "alkemio"), default="kratos")
    options = parser.parse_args()
    print(f"seed {options.seed}, source {options.source}, profile {options.profile}", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        staged(Path(folder), options.source, (options.profile,)) as stage,
    ):
        found = stage.learn()
        seconds = ", ".join(f"{verb} {time:.1f} s" for verb, time in found.seconds.items())
        print(f"undisturbed: {seconds}, evidence {found.evidence}", flush=True)
        tally = rounds.run(stage, options.seed, options.injections)
    print("\n".join(tally.table()))
    print("\n".join(tally.failures))
    return int(bool(tally.failures))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".ansible/collections"))
    sys.exit(main())
