# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m tools.mutations [--only WORD] [--at-once N]: play every mutation in a copy of the checkout.

Before a mutation counts as noticed, its tests pass on the code as it is; a test that fails anyway notices nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tools.mutations.catalogue import ALL
from tools.mutations.mutation import CHECKOUT, Mutation

FOLDER = CHECKOUT / "build/mutations"
_FAILED = 1
"""pytest's status when a test failed; every other one but 0 means that it could not run them."""
_SECONDS = 600


@dataclass(frozen=True)
class Played:
    """How the tests ended on the broken code."""

    mutation: Mutation
    noticed: bool
    seconds: float
    words: str


def copy_of_checkout(number: int) -> Path:
    """A tree with every file that git knows, and the environment and the servers' roots of this one."""
    root = FOLDER / f"tree-{number}"
    shutil.rmtree(root, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, stdout=subprocess.PIPE, check=True
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (CHECKOUT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, root / name)
    (root / "build").mkdir()
    (root / "build/roots").symlink_to(CHECKOUT / "build/roots")
    (root / ".venv").symlink_to(CHECKOUT / ".venv")
    link = root / ".ansible/collections/ansible_collections/alkemio/convergence"
    link.parent.mkdir(parents=True)
    link.symlink_to("../../../..")
    return root


def run_tests(root: Path, tests: Iterable[str], log: Path, *options: str) -> int:
    """pytest's status over `tests` of the tree `root`."""
    command = [".venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not long", *options]
    env = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(root / ".ansible/collections"),
        "FAMILIES": "both",  # a mutation's tests are named, and whichever family they need is theirs
        "LC_ALL": "C.UTF-8",
    }
    with log.open("ab") as output:
        try:
            return subprocess.run(
                [*command, *(f"tests/{test}" for test in tests)],
                cwd=root,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=_SECONDS if "-x" in options else None,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return _FAILED  # a test that waits for ever has noticed, too


def play(mutation: Mutation, root: Path) -> Played:
    """Break, test, mend."""
    began = time.monotonic()
    log = FOLDER / f"{mutation.name.replace(' ', '-').replace('/', '-')}.log"
    log.unlink(missing_ok=True)
    mutation.apply(root)
    try:
        status = run_tests(root, mutation.tests, log, "-x")
    finally:
        mutation.undo(root)
    words = {0: "SURVIVED", _FAILED: "noticed"}.get(
        status, f"pytest could not run the tests: status {status}"
    )
    return Played(mutation, status == _FAILED, time.monotonic() - began, words)


def play_all(mutations: Sequence[Mutation], at_once: int) -> list[Played]:
    """All of them, `at_once` at a time, each in a tree of its own."""
    trees: SimpleQueue[Path] = SimpleQueue()
    for number in range(at_once):
        trees.put(copy_of_checkout(number))
    saying = threading.Lock()

    def one(mutation: Mutation) -> Played:
        root = trees.get()
        try:
            played = play(mutation, root)
        finally:
            trees.put(root)
        with saying:
            print(f"{played.seconds:5.0f} s  {played.words:<10} {mutation.name}", flush=True)
        return played

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, mutations))


def _place(test: str) -> tuple[str, int]:
    """As pytest would order them: some tests of a file share a server, and rely on their order."""
    file, _colons, name = test.partition("::")
    return file, (CHECKOUT / "tests" / file).read_text("utf-8").find(f"def {name}(") if name else -1


def sound(mutations: Sequence[Mutation]) -> bool:
    """All tests that are named pass on the code as it is."""
    named = {test for mutation in mutations for test in mutation.tests}
    tests = sorted((test for test in named if test.partition("::")[0] not in named - {test}), key=_place)
    root = copy_of_checkout(0)
    log = FOLDER / "unbroken.log"
    log.unlink(missing_ok=True)
    began = time.monotonic()
    status = run_tests(root, tests, log, "-n", "2", "--dist", "loadfile")
    print(f"{time.monotonic() - began:5.0f} s  the unbroken code: status {status}, see {log}", flush=True)
    return status == 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutations", description=__doc__)
    parser.add_argument("--only", default="", help="mutations whose name or file has this word")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument(
        "--tests-pass", action="store_true", help="as make test has just shown: do not try again"
    )
    options = parser.parse_args()
    chosen = [one for one in ALL if options.only in one.name or options.only in one.file]
    problems = [problem for one in chosen for problem in one.problems()]
    if problems or not chosen:
        print("\n".join(problems) or "no mutation has that word")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not options.tests_pass and not sound(chosen):
        return 1
    played = play_all(chosen, options.at_once)
    survived = [one for one in played if not one.noticed]
    for one in survived:
        print(f"{one.words}: {one.mutation.name} ({one.mutation.file})")
    print(f"{len(played) - len(survived)} mutations noticed, {len(survived)} not")
    return int(bool(survived))


if __name__ == "__main__":
    sys.exit(main())
