# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs become ratios, a table and build/bench/results.json."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tools.bench.parties import Run

Pair = tuple[Run, Run]
"""Ours and pgloader's, one after the other."""


def ratios(pairs: Mapping[str, Sequence[Pair]]) -> dict[str, Any]:
    """How many times longer pgloader took, per data set: the median over the pairs of runs."""
    return {
        dataset: {
            "vs_pgloader": {
                "wall": round(median(theirs.wall_s / ours.wall_s for ours, theirs in found), 2),
                "cpu": round(median(theirs.cpu_total_s / ours.cpu_total_s for ours, theirs in found), 2),
            },
            "pairs": [_pair(ours, theirs) for ours, theirs in found],
        }
        for dataset, found in pairs.items()
        if found
    }


def _pair(ours: Run, theirs: Run) -> dict[str, Any]:
    return {
        "wall": round(theirs.wall_s / ours.wall_s, 2),
        "cpu": round(theirs.cpu_total_s / ours.cpu_total_s, 2),
        "ours_wall_s": ours.wall_s,
        "pgloader_wall_s": theirs.wall_s,
        "ours_cpu_s": ours.cpu_total_s,
        "pgloader_cpu_s": theirs.cpu_total_s,
    }


def machine() -> dict[str, Any]:
    """What it ran on."""
    memory = next(
        int(line.split()[1])
        for line in Path("/proc/meminfo").read_text("ascii").splitlines()
        if line.startswith("MemTotal")
    )
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        if line.startswith("model name")
    ]
    return {
        "cores": os.cpu_count(),
        "cpu": models[0] if models else platform.machine(),
        "memory_gb": round(memory / 1024**2, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def table(runs: Sequence[Run]) -> list[str]:
    """The median of each party on each data set, for a terminal."""
    lines = [
        f"{'data set':<10}{'party':<18}{'runs':>5}{'wall s':>8}{'CPU s':>8}"
        f"{'client':>8}{'source':>8}{'target':>8}{'peak MB':>9}{'others s':>9}"
    ]
    for dataset, party in dict.fromkeys((run.dataset, _title(run)) for run in runs):
        found = [run for run in runs if (run.dataset, _title(run)) == (dataset, party)]
        cpu = [median(run.cpu_s[name] for run in found) for name in ("client", "source", "target")]
        lines.append(
            f"{dataset:<10}{party:<18}{len(found):>5}{median(run.wall_s for run in found):>8.1f}"
            f"{median(run.cpu_total_s for run in found):>8.1f}"
            + "".join(f"{value:>8.1f}" for value in cpu)
            + f"{max(run.peak_rss_mb for run in found):>9.0f}{median(run.others_cpu_s for run in found):>9.1f}"
        )
    return lines


def _title(run: Run) -> str:
    return f"{run.party} (verify)" if "verify" in run.steps else run.party
