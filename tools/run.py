# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner of "make test": python3 -m tools.run [STEP…].

Works with the system's python3 and the standard library, as one of its steps makes the virtual
environment. Two steps run at a time. A failing step does not stop the others; the end lists every
failure, where the time went, and pytest's own closing lines.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tests.support.servers.host import CHECKOUT, locked

LOGS = CHECKOUT / "build/test"
AT_ONCE = 2
# A step that hangs must fail, and well before a CI system gives up on the whole run.
LONGEST = 30 * 60

PYTHON = ".venv/bin/python"
PYTEST = [PYTHON, "-m", "pytest", "-rs", "--durations=5"]
# Two processes with servers of their own, each a file at a time.
FILES = ["-n", "2", "--dist", "loadfile"]
QUICK = ["-m", "not long"]  # the long forms have targets of their own in the Makefile
IN_CONTAINERS = ["env", "IMAGES=debian", PYTHON, "-m", "tests.support.docker", "--where-allowed"]
MOLECULE = ["molecule", "test", "--no-command-borders"]
COLLECTION = "ansible_collections.alkemio.convergence"
# The one reason for which a step without skips may skip: a full disk needs a small file system of its own.
MAY_NOT_MOUNT = "this machine lets nobody mount a small file system"


@dataclass(frozen=True)
class Step:
    """Commands run one after the other (all of them, also after a failure)."""

    name: str
    budget: int  # seconds on two cores, from nothing
    commands: list[list[str]]
    needs: tuple[str, ...] = ("venv",)
    # A skipped test would look like a server that works.
    no_skips: bool = False
    # Only run when it is named: what not every machine may do.
    by_name: bool = False

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"


def _times(name: str) -> str:
    """Where pytest writes how long each test took."""
    return f"--junitxml={LOGS.relative_to(CHECKOUT)}/{name}.xml"


def _tests(name: str, budget: int, *folders: str, options: Sequence[str] = (), by_name: bool = False) -> Step:
    """The quick tests of some folders, on servers of their own."""
    command = [*PYTEST, *options, _times(name), *(f"tests/{folder}" for folder in folders), *QUICK]
    return Step(name, budget, [command], needs=("venv", "servers"), no_skips=True, by_name=by_name)


STEPS = [
    Step("venv", 120, [["make", "--no-print-directory", "venv"]], needs=()),
    Step(
        "servers",
        120,
        [[sys.executable, "-m", "tests.support.servers", "install", "mariadb", "postgresql", "mysql"]],
        needs=(),
    ),
    # The longest steps first, so that none is left alone at the end.
    _tests("engine", 600, "engine", "servers", options=FILES),
    _tests("playbooks", 420, "playbooks"),
    _tests("types", 240, "types"),
    _tests("faults", 240, "faults"),
    _tests("cases", 60, "cases"),
    _tests("security", 240, "security"),
    Step(
        "lint",
        150,
        [
            ["ruff", "check", "--output-format=concise", "."],
            ["ruff", "format", "--check", "."],
            ["mypy", "-p", f"{COLLECTION}.plugins", "-p", "tests", "-p", "tools"],
            ["yamllint", "--strict", "."],
            ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "."],
            ["antsibull-changelog", "lint"],
            ["ansible-lint"],
        ],
    ),
    # Its pylint alone takes as long as all others; ruff and mypy look at the same.
    Step("sanity", 120, [[PYTHON, "-m", "tools.sanity", "--skip-test", "pylint"]]),
    Step("unit", 90, [[*PYTEST, _times("unit"), "tests/unit"]]),
    # --- by name alone ---
    # Roles that rewrite and check an application's files: minutes of ansible-playbook; the rewriting itself is in unit.
    _tests("configuration", 400, "configuration", by_name=True),
    # Mistakes planted in the example inventories, and every playbook with --check on each: some seventy runs of
    # ansible-playbook.
    Step(
        "inventories",
        1200,
        [[*PYTEST, _times("inventories"), "tests/inventories", "-k", "as-production"]],
        needs=("venv", "servers"),
        no_skips=True,
        by_name=True,
    ),
    # Dump files restored into servers of their own.
    _tests("copies", 200, "copies", by_name=True),
    # What the step playbooks does from the tarball, as a scenario; "make molecule" runs all.
    Step(
        "molecule",
        180,
        [[*MOLECULE, "--scenario-name", "private_servers"]],
        needs=("venv", "servers"),
        by_name=True,
    ),
    # A whole environment forth and back by the playbooks: minutes for each way.
    _tests("environment", 300, "environment", by_name=True),
    _tests("docker", 300, "containers", by_name=True),
    # Before a stand-in of a cluster's API.
    _tests("kubernetes", 400, "kubernetes", by_name=True),
    # On a real one, which is built from Debian's source package if it is not there.
    Step(
        "kubernetes-api",
        1500,
        [
            [PYTHON, "-m", "tests.support.kubernetes.programs"],
            ["env", "KUBERNETES_API=real", *PYTEST, _times("kubernetes-api"), "tests/kubernetes"],
        ],
        needs=("venv",),
        no_skips=True,
        by_name=True,
    ),
    Step("pylint", 120, [[PYTHON, "-m", "tools.sanity", "--test", "pylint"]], by_name=True),
    # The quick ones of those in containers; "make molecule" runs all.
    Step(
        "containers",
        240,
        [[*IN_CONTAINERS, *MOLECULE, "--scenario-name", "default", "--scenario-name", "quickstart"]],
        needs=("venv", "servers"),
        by_name=True,
    ),
]


@dataclass
class Result:
    """How a step went."""

    step: Step
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    closing: list[str] = field(default_factory=list)  # pytest's last lines
    skipped: list[str] = field(default_factory=list)  # tests with their reasons


class Run:
    """One run of some steps, two at a time, each after those it needs."""

    def __init__(self, steps: list[Step]) -> None:
        self._waiting = list(steps)
        self._began = time.monotonic()
        self._children: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopping = False
        self.results: dict[str, Result] = {}

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def all(self) -> None:
        LOGS.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            futures: set[Future[Result]] = set()
            try:
                while self._waiting or futures:
                    while len(futures) < AT_ONCE and (step := self._next()) is not None:
                        futures.add(pool.submit(self._run, step))
                    done, futures = wait(futures, return_when=FIRST_COMPLETED)
                    for future in done:
                        self._finish(future.result())
            except BaseException:
                self._stopping = True
                self._end_children()
                raise

    def _next(self) -> Step | None:
        """The first step whose needs are met; one whose needs failed fails with them."""
        for step in list(self._waiting):
            failed = [need for need in step.needs if need in self.results and self.results[need].problems]
            if failed:
                self._waiting.remove(step)
                self._finish(Result(step, problems=[f"not run, as '{failed[0]}' failed"]))
            elif all(need in self.results for need in step.needs):
                self._waiting.remove(step)
                return step
        return None

    def _run(self, step: Step) -> Result:
        # Two runs in one checkout would tread on each other's logs, copies and servers of one name.
        with locked(LOGS / f".{step.name}.lock"):
            return self._run_alone(step)

    def _run_alone(self, step: Step) -> Result:
        self._say(f"{step.name} …")
        began = time.monotonic()
        result = Result(step)
        with step.log.open("wb") as log:
            for command in step.commands:
                log.write(f"$ {shlex.join(command)}\n".encode())
                log.flush()
                problem = self._command(command, log.fileno())
                if problem:
                    result.problems.append(problem)
        result.seconds = time.monotonic() - began
        output = step.log.read_text("utf-8", "replace")
        result.closing = re.findall(
            r"^=+ .*\b(?:passed|failed|error|errors|no tests ran)\b.* =+$", output, re.M
        )
        result.skipped = re.findall(r"^SKIPPED \[\d+\] (.*)$", output, re.M)
        if step.no_skips and any(MAY_NOT_MOUNT not in line for line in result.skipped):
            result.problems.append("tests were skipped, which this step does not allow")
        return result

    def _command(self, command: list[str], log: int) -> str | None:
        """Run one command to its end; a sentence when it failed."""
        if self._stopping:
            return "interrupted"
        try:
            child = subprocess.Popen(
                command,
                cwd=CHECKOUT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            return f"'{command[0]}' is not installed: {error}"
        with self._lock:
            self._children.add(child)
        try:
            status = child.wait(LONGEST)
        except subprocess.TimeoutExpired:
            _end(child)
            return f"'{shlex.join(command)}' did not end within {LONGEST} s"
        finally:
            with self._lock:
                self._children.discard(child)
        return f"'{shlex.join(command)}' ended with status {status}" if status else None

    def _finish(self, result: Result) -> None:
        self.results[result.step.name] = result
        if not result.problems:
            self._say(f"{result.step.name} passed in {result.seconds:.0f} s")
            return
        self._say(f"{result.step.name} FAILED")
        if result.step.log.is_file() and result.seconds:
            lines = result.step.log.read_text("utf-8", "replace").splitlines()
            print("\n".join("    " + line for line in lines[-120:]), flush=True)

    def _end_children(self) -> None:
        with self._lock:
            for child in self._children:
                _end(child)

    def _say(self, message: str) -> None:
        print(f"[{self.seconds:5.0f} s] {message}", flush=True)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a command with everything it started in its session; on Ctrl-C pytest takes its servers down."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(20)
            return


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def environment() -> dict[str, str]:
    """What "make" exports too, so that a step behaves the same when it is run by hand."""
    env = dict(os.environ)
    env["PATH"] = f"{CHECKOUT / '.venv/bin'}:{env.get('PATH', '')}"
    env["ANSIBLE_COLLECTIONS_PATH"] = str(CHECKOUT / ".ansible/collections")
    env["LC_ALL"] = "C.UTF-8"  # Ansible refuses to run without UTF-8, which a minimal system may not have set
    env["PYTHONUNBUFFERED"] = "1"
    env["NO_COLOR"] = "1"
    return env


def forgotten() -> list[str]:
    """Folders with tests that no step runs."""
    run = {word for step in STEPS for command in step.commands for word in command}
    files = [file.relative_to(CHECKOUT) for file in (CHECKOUT / "tests").rglob("test_*.py")]
    return sorted({str(file.parent) for file in files if not run & {str(folder) for folder in file.parents}})


def report(run: Run) -> bool:
    """Print where the time went and what failed; True when nothing did."""
    print(f"\n{'step':<14}{'seconds':>8}{'budget':>8}  result")
    for result in run.results.values():
        state = (
            "FAILED"
            if result.problems
            else "over budget"
            if result.seconds > result.step.budget
            else "passed"
        )
        print(f"{result.step.name:<14}{result.seconds:>8.0f}{result.step.budget:>8}  {state}")
    failed = [result for result in run.results.values() if result.problems]
    for result in failed:
        for problem in result.problems:
            print(f"{result.step.name}: {problem} (log: {result.step.log.relative_to(CHECKOUT)})")
    for result in run.results.values():
        for line in result.closing:
            print(f"{result.step.name}: {line}")
        for line in result.skipped:
            print(f"{result.step.name}: NOT RUN: {line}")
    summary = f"{len(failed)} failed, " if failed else ""
    print(f"==== {summary}{len(run.results) - len(failed)} steps passed in {run.seconds:.0f} s ====")
    return not failed


def chosen(names: list[str]) -> list[Step]:
    """The steps of these names and those they need; when none is named, all that need not be."""
    known = {step.name: step for step in STEPS}
    wanted = set(names or (step.name for step in STEPS if not step.by_name))
    for name in names:
        if name not in known:
            raise SystemExit(f"there is no test step '{name}'; the steps are: {', '.join(known)}")
        wanted.update(known[name].needs)
    return [step for step in STEPS if step.name in wanted]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tools.run", description=__doc__)
    parser.add_argument("steps", nargs="*", help=f"which of: {', '.join(step.name for step in STEPS)}")
    run = Run(chosen(parser.parse_args().steps))
    # Ends the steps as Ctrl-C does; they have sessions of their own and would go on.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _interrupt)
    run.all()
    passed = report(run)
    for folder in forgotten():
        print(f"{folder} holds tests that no step runs: add a step to STEPS in tools/run.py", file=sys.stderr)
        passed = False
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
