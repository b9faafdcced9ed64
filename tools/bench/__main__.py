# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the engine beside pgloader on three synthetic data sets, on private servers.

First pgloader's settings are tried, each once; the quickest that lives is its party. Then both parties
take turns. What came out is in build/bench/results.json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support import servers
from tests.support.generator import synthetic
from tools.bench import pgloader, place, results
from tools.bench.parties import OURS, PGLOADER, VERIFY, Bench, Run
from tools.bench.pgloader import Tuning

NAME = "bench"
FOLDER = Path(__file__).resolve().parents[2] / "build" / NAME
_MINIMUM = 3


def main() -> int:
    """Servers, runs, results."""
    options = _options()
    FOLDER.mkdir(parents=True, exist_ok=True)
    FOLDER.chmod(0o700)
    try:
        program = pgloader.install() if PGLOADER in options.parties else ""
        bench = Bench(place.ready(NAME, options.compression), FOLDER, options.workers)
        return _measure(bench, program, options)
    except servers.ServersError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    finally:
        if not options.keep:
            servers.down(NAME)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="size of the data sets, 1 is the full one")
    parser.add_argument("--pairs", type=int, default=_MINIMUM, help="how often both parties run")
    parser.add_argument("--datasets", nargs="+", choices=synthetic.DATASETS, default=[*synthetic.DATASETS])
    parser.add_argument("--parties", nargs="+", choices=(OURS, PGLOADER), default=[OURS, PGLOADER])
    parser.add_argument("--workers", type=int, default=2, help="worker processes of the engine")
    parser.add_argument(
        "--compression", choices=("pglz", "lz4"), default="pglz", help="of the target's TOAST"
    )
    parser.add_argument(
        "--tuning",
        action="append",
        default=[],
        metavar="DATASET=NAME",
        help="instead of trying all of pgloader's",
    )
    parser.add_argument("--keep", action="store_true", help="leave servers and data for another run")
    return parser.parse_args()


def _measure(bench: Bench, program: str, options: argparse.Namespace) -> int:
    rows = {name: bench.place.fill(name, options.scale) for name in options.datasets}
    trials: list[Run] = []
    tunings: dict[str, Tuning] = {}
    for name in options.datasets:
        bench.place.source_rows(name)  # into memory
        bench.remember_indexes(name)
        if PGLOADER in options.parties:
            wanted = dict(text.split("=", 1) for text in options.tuning).get(name)
            tunings[name] = _tune(bench, program, name, rows[name], wanted, trials)
    runs, pairs = _take_turns(bench, program, rows, tunings, options)
    _write(bench, options, trials, tunings, runs, pairs)
    failed = [run for run in runs if not run.complete]
    for run in failed:
        print(f"bench: {run.party} failed on {run.dataset}: {run.problem}", file=sys.stderr)
    return 1 if failed else 0


def _tune(bench: Bench, program: str, name: str, rows: int, wanted: str | None, trials: list[Run]) -> Tuning:
    """The setting of pgloader that is quickest on this data set."""
    tunings = {tuning.name: tuning for tuning in pgloader.TUNINGS[name]}
    if wanted is not None:
        if wanted not in tunings:
            raise servers.ServersError(f"there is no tuning '{wanted}' for {name}: {', '.join(tunings)}")
        return tunings[wanted]
    lived = []
    for tuning in tunings.values():
        run = bench.pgloader(name, rows, program, tuning)
        _say(run, "trial")
        trials.append(run)
        lived += [run] if run.complete else []
    if not lived:
        raise servers.ServersError(f"pgloader died on {name} with every setting: {trials[-1].problem}")
    return tunings[min(lived, key=lambda run: run.wall_s).tuning]


def _take_turns(
    bench: Bench, program: str, rows: dict[str, int], tunings: dict[str, Tuning], options: argparse.Namespace
) -> tuple[list[Run], dict[str, list[results.Pair]]]:
    runs: list[Run] = []
    pairs: dict[str, list[results.Pair]] = {name: [] for name in rows}
    for turn in range(options.pairs):
        for name, count in rows.items():
            found: dict[str, Run] = {}
            # Each goes first as often as the other.
            for party in [OURS, PGLOADER][:: 1 if turn % 2 == 0 else -1]:
                if party not in options.parties:
                    continue
                if party == PGLOADER:
                    found[party] = bench.pgloader(name, count, program, tunings[name])
                    _say(found[party])
                    continue
                found[party] = bench.ours(name, count)
                _say(found[party])
                if found[party].complete:
                    runs.append(bench.ours(name, count, VERIFY))
                    _say(runs[-1])
            runs += found.values()
            if len(found) == len((OURS, PGLOADER)) and all(run.complete for run in found.values()):
                pairs[name].append((found[OURS], found[PGLOADER]))
    return runs, pairs


def _say(run: Run, word: str = "") -> None:
    parties = "  ".join(f"{party} {seconds:.1f}" for party, seconds in run.cpu_s.items())
    steps = " ".join(f"{step} {seconds:.1f}" for step, seconds in run.steps.items())
    print(
        f"{word:<6}{run.dataset:<7} {run.party:<9}{'' if run.complete else 'FAILED '}{run.wall_s:6.1f} s wall, "
        f"{run.cpu_total_s:.1f} s CPU ({parties}), peak {run.peak_rss_mb:.0f} MB, "
        f"others {run.others_cpu_s:.1f} s  {run.tuning}{steps}",
        flush=True,
    )


def _write(
    bench: Bench,
    options: argparse.Namespace,
    trials: Sequence[Run],
    tunings: dict[str, Tuning],
    runs: Sequence[Run],
    pairs: dict[str, list[results.Pair]],
) -> None:
    ours = [run for run in runs if run.party == OURS]
    found: dict[str, Any] = {
        "ratios": results.ratios(pairs),
        "peak_rss_mb": max((run.peak_rss_mb for run in ours), default=0.0),
        "scale": options.scale,
        "compression": options.compression,
        "workers": options.workers,
        "machine": results.machine(),
        "versions": {
            "commit": _commit(),
            "mariadb": bench.place.source.version,
            "postgresql": _postgresql_version(bench),
            "pgloader": _pgloader_version(),
        },
        "settings": place.SETTINGS,
        "pgloader": {name: tuning.name for name, tuning in tunings.items()},
        "runs": [run.to_json() for run in runs],
        "trials": [run.to_json() for run in trials],
    }
    file = FOLDER / "results.json"
    file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print("\n".join(["", *results.table(runs), ""]))
    for name, ratio in found["ratios"].items():
        against = ratio["vs_pgloader"]
        print(f"{name}: pgloader takes {against['wall']} times the time and {against['cpu']} times the CPU")
    print(f"largest process of ours: {found['peak_rss_mb']:.0f} MB\nall figures: {file}")


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def _postgresql_version(bench: Bench) -> str:
    with bench.place.on_target() as connection:
        row = connection.execute("SHOW server_version").fetchone()
        return str(row[0]) if row else ""


def _pgloader_version() -> str:
    """Of the package: the program itself tells another."""
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", pgloader.PACKAGE],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
