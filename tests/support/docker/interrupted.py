# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills the controller of a migration in containers in each phase: python -m tests.support.docker.interrupted HOW.

    again    in each phase in turn, each time with the same command; the caller then runs it to its end
    abort    in phases that change something, each in a run directory of its own; then abort, and reset what was loaded

The controller is ansible-playbook with all its children, killed with SIGKILL at a random moment of the phase; what it
has started in containers is not told. The seed is printed; SEED in the environment repeats it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

from tests.support.docker import platform
from tests.support.docker.place import Containers, containers
from tests.support.playbooks import ansible
from tests.support.playbooks.course import all_run

PHASES = ("preflight", "backup", "inspect", "transform", "stop", "freeze", "dump", "load", "verify")
CHANGING = ("stop", "freeze", "dump", "load", "verify")
WITHIN = 1.5  # seconds of a phase
LONGEST = 300


def killed(place: Containers, phase: str, dice: random.Random) -> str:
    """Run migrate until the phase has begun, and kill it somewhere in there; the task it was at."""
    program = ansible.of_checkout().python.parent / "ansible-playbook"
    controller = subprocess.Popen(
        [program, "alkemio.convergence.migrate", *place.inventory()],
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert controller.stdout is not None
    until, last, began = time.monotonic() + LONGEST, "", 0.0
    wait = dice.uniform(0, WITHIN)
    os.set_blocking(controller.stdout.fileno(), False)
    while time.monotonic() < until and (not began or time.monotonic() < began + wait):
        for line in controller.stdout.readlines():
            last = line.strip() if line.startswith(("TASK", "PLAY [")) else last
            if line.startswith("PLAY [(") and line.partition(") ")[2].startswith(f"{phase}]"):
                began = began or time.monotonic()
        if controller.poll() is not None:
            break
        time.sleep(0.05)
    alive = controller.poll() is None
    if alive:
        os.killpg(controller.pid, signal.SIGKILL)
    controller.wait()
    if not began:
        raise SystemExit(f"migrate ended with {controller.returncode} before its phase {phase}; last: {last}")
    return f"{'killed' if alive else 'had ended'} {wait:.1f} s into {phase}, at {last}"


def again(dice: random.Random) -> None:
    place = containers("/var/lib/convergence")
    for phase in PHASES:
        print(killed(place, phase, dice), flush=True)


def abort(dice: random.Random) -> None:
    """Each of them ends with the services on MySQL, and a target that the next one can have."""
    before = platform.source()
    for phase in CHANGING:
        place = containers(f"/var/lib/convergence-{phase}")
        print(killed(place, phase, dice), flush=True)
        began = time.monotonic()
        # Before inspect there is nothing that could be taken back.
        for playbook in ("abort", "reset") if place.record("run/run.json") else ("abort",):
            run = place.play(playbook, migration_reset_confirm=True)
            if run.status:
                raise SystemExit(f"{playbook} after a kill in {phase} fails: {run.output}")
        if not all_run(place) or place.refuses() or platform.source() != before:
            raise SystemExit(f"after the abort in {phase} the platform is not as it was")
        print(f"aborted and reset in {time.monotonic() - began:.0f} s", flush=True)


def main() -> int:
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**8))
    print(f"seed {seed}", flush=True)
    {"again": again, "abort": abort}[sys.argv[1]](random.Random(seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
