# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of one party: from an empty target to all rows and all indexes."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.support.servers.server import Server
from tools.bench import pgloader
from tools.bench.meter import Measured, measure
from tools.bench.pgloader import Tuning
from tools.bench.place import Place

OURS, PGLOADER = "ours", "pgloader"
MIGRATE = ("inspect", "transform", "dump", "load")
VERIFY = ("verify",)
_TOLD = 600


@dataclass(frozen=True)
class Run:
    """What one run took, and whether all came over."""

    party: str
    dataset: str
    rows: int
    complete: bool
    wall_s: float
    cpu_s: dict[str, float]
    others_cpu_s: float
    load_before: float
    peak_rss_mb: float
    tuning: str = ""
    steps: dict[str, float] = field(default_factory=dict)
    problem: str = ""

    @property
    def cpu_total_s(self) -> float:
        """Of all parties."""
        return round(sum(self.cpu_s.values()), 2)

    def to_json(self) -> dict[str, Any]:
        """For results.json."""
        return {**asdict(self), "cpu_total_s": self.cpu_total_s}


@dataclass(frozen=True)
class Bench:
    """Runs parties in one place."""

    place: Place
    folder: Path
    workers: int

    def ours(self, dataset: str, rows: int, steps: tuple[str, ...] = MIGRATE) -> Run:
        """The engine. VERIFY looks at what the run before has loaded."""
        run_directory = self.folder / "run"
        if "load" in steps:
            shutil.rmtree(run_directory, ignore_errors=True)
            self.place.empty_target(dataset)
        job = {
            "source": _login(self.place.source),
            "target": _login(self.place.target),
            "database": dataset,
            "run_directory": str(run_directory),
            "workers": self.workers,
            "steps": steps,
        }
        command = [sys.executable, "-m", "tools.bench.ours"]
        measured = measure(command, self.place.servers, json.dumps(job))
        seconds = json.loads(measured.output.splitlines()[-1]) if measured.status == 0 else {}
        return self._run(OURS, dataset, rows, measured, steps=seconds)

    def pgloader(self, dataset: str, rows: int, program: str, tuning: Tuning) -> Run:
        """pgloader, set up in one of the ways it may live with."""
        self.place.empty_target(dataset)
        file = self.folder / f"{dataset}.load"
        pgloader.write_load_file(file, dataset, self.place.source, self.place.target, tuning)
        measured = measure(pgloader.command(program, tuning, file), self.place.servers)
        return self._run(PGLOADER, dataset, rows, measured, tuning=tuning.name)

    def _run(self, party: str, dataset: str, rows: int, measured: Measured, **more: Any) -> Run:
        """Judge by the target, not by what the party says of itself."""
        arrived, indexes = self.place.target_state(dataset)
        problem = ""
        if measured.status or arrived != rows:
            problem = f"status {measured.status}, {arrived} of {rows} rows: …{measured.output[-_TOLD:]}"
        elif indexes != self.indexes(dataset):
            problem = f"other indexes than before: {indexes}"
        return Run(
            party,
            dataset,
            arrived,
            not problem,
            measured.wall_s,
            measured.cpu_s,
            measured.others_cpu_s,
            measured.load_before,
            measured.peak_rss_mb,
            problem=problem,
            **more,
        )

    def indexes(self, dataset: str) -> list[str]:
        """As the application's migrations make them."""
        found: list[str] = json.loads((self.folder / f"{dataset}.indexes.json").read_text(encoding="utf-8"))
        return found

    def remember_indexes(self, dataset: str) -> None:
        """Before anybody has taken them off."""
        self.place.empty_target(dataset)
        state = self.place.target_state(dataset)[1]
        (self.folder / f"{dataset}.indexes.json").write_text(json.dumps(state), encoding="utf-8")


def _login(server: Server) -> dict[str, Any]:
    return {"host": server.host, "port": server.port, "user": server.user, "password": server.password}
