# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks all tags on the platform in containers, forth and back, and of an abort: python -m tests.support.docker.tags.

The steps are those of tests/support/playbooks/course.py: each is predicted, done, and done again. Left out are
those whose program the migration host does not have (a private server for a copy) and the installation from nothing,
which is the scenario "default"; test_tags.py walks them on private servers.
"""

from __future__ import annotations

import sys
import time

from tests.support.docker.place import containers
from tests.support.playbooks import walk
from tests.support.playbooks.course import ABORT, FORTH_AND_BACK

ELSEWHERE = {"rehearse_copy", "remove_copy"}


def main() -> int:
    acts = {"/var/lib/convergence": FORTH_AND_BACK, "/var/lib/convergence-abort": ABORT}
    for folder, steps in acts.items():
        place = containers(folder)
        for step in steps:
            if step.playbook in ELSEWHERE:
                continue
            began = time.monotonic()
            problems = walk.walk(place, step)
            print(
                f"{time.monotonic() - began:6.1f} s  {step.name}: {'; '.join(problems) or 'as it says'}",
                flush=True,
            )
            if problems:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
