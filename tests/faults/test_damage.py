# SPDX-License-Identifier: GPL-3.0-or-later
"""Chunks and manifests that are not what was written are found and named before a row reaches the target."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.stage import Stage
from tests.support.engine import forgery, places
from tests.support.engine.verb import Ending

Damage = Callable[[Path, random.Random], str]
"""Damages the folder of a snapshot and gives the name of a file that has to be told."""


def flip(path: Path, dice: random.Random) -> str:
    """One bit."""
    content = bytearray(path.read_bytes())
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    path.write_bytes(content)
    return path.name


def chunk(folder: Path, dice: random.Random) -> Path:
    return dice.choice(sorted(folder.glob("*.copy.zst")))


def cut(path: Path, dice: random.Random) -> str:
    path.write_bytes(path.read_bytes()[: dice.randrange(path.stat().st_size)])
    return path.name


def lose(path: Path) -> str:
    path.unlink()
    return path.name


def swap(folder: Path, dice: random.Random) -> str:
    one = chunk(folder, dice)
    content = one.read_bytes()
    other = dice.choice([path for path in folder.glob("*.copy.zst") if path.read_bytes() != content])
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)
    return str(folder)


def stale(folder: Path, dice: random.Random) -> str:
    """A chunk that another dump of the same tables wrote."""
    path = chunk(folder, dice)
    path.write_bytes((folder / "0000-000000.copy.zst").read_bytes() + b"\0")
    return path.name


def change(folder: Path, dice: random.Random) -> str:
    """A number in the manifest, which stays well-formed."""
    path = folder / "manifest.json"
    data = json.loads(path.read_text("utf-8"))
    table = dice.choice(sorted(data["tables"]))
    data["tables"][table]["filtered"] += 1
    path.write_text(json.dumps(data), "utf-8")
    return path.name


DAMAGES: dict[str, Damage] = {
    "a bit of a chunk": lambda folder, dice: flip(chunk(folder, dice), dice),
    "a chunk cut": lambda folder, dice: cut(chunk(folder, dice), dice),
    "a chunk lost": lambda folder, dice: lose(chunk(folder, dice)),
    "two chunks swapped": swap,
    "a stale chunk": stale,
    "a bit of the manifest": lambda folder, dice: flip(folder / "manifest.json", dice),
    "the manifest cut": lambda folder, dice: cut(folder / "manifest.json", dice),
    "the manifest lost": lambda folder, dice: lose(folder / "manifest.json") and "missing",
    "a number in the manifest": change,
}
TIMES = int(os.environ.get("FAULTS_TIMES", "1"))
"""How often each kind of damage is done, at another place."""


def untouched(stage: Stage) -> bool:
    """No ledger, no row, every index and key still there."""
    assert stage.undisturbed is not None
    target = stage.moves[0].target
    if places.ask(stage.target, target, "SELECT to_regnamespace('convergence')")[0][0] is not None:
        return False
    return places.ask(stage.target, target, "SELECT count(*) FROM narrow") == [(0,)]


@pytest.mark.parametrize("name", list(DAMAGES))
def test_damage_is_named_before_the_target_is_touched(dumped: Stage, name: str) -> None:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    dice = random.Random(seed)
    for _time in range(TIMES):
        dumped.fresh_run(dumped.folder / "dumped")
        told = DAMAGES[name](dumped.run / "snapshot" / "zoo", dice)
        ending: Ending = dumped.do("load")
        assert ending.error in {"DamagedSnapshot", "InputError", "SealBroken"}, ending
        assert told in ending.message, ending
        assert untouched(dumped)


def test_damage_in_the_middle_of_a_load_keeps_what_was_loaded_and_nothing_of_the_chunk(dumped: Stage) -> None:
    folder = dumped.run / "snapshot" / "zoo"
    path = sorted(folder.glob("*.copy.zst"))[-1]
    whole = path.read_bytes()
    path.write_bytes(whole[:-3] + b"abc")
    assert path.name in dumped.do("load").message
    path.write_bytes(whole)
    dumped.must("load")
    evidence = str(dumped.must("verify")["evidence_hash"])
    assert dumped.undisturbed is not None
    assert dumped.differences(dumped.undisturbed, evidence) == []


@pytest.mark.fault("B6")
@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("file", ["run.json", "transform.json", "target-catalog.json"])
def test_a_run_directory_of_another_run_is_refused(dumped: Stage, file: str, sealed: bool) -> None:
    data = forgery.content(dumped.run / file)
    if file == "run.json":
        data["run_id"] = "0123456789abcdef"
    elif file == "transform.json":
        data["databases"][0]["tables"] = data["databases"][0]["tables"][:-1]
    else:
        data["server"]["identity"] = "another"
    if sealed:
        forgery.forge(dumped.run, file, data)
    else:
        (dumped.run / file).write_text(json.dumps(data), "utf-8")
    ending = dumped.do("load")
    # A forged run.json makes every other file one of another run.
    assert ending.error == ("ForeignRunDirectory" if sealed and file != "run.json" else "SealBroken"), ending
    assert untouched(dumped)


def test_a_snapshot_of_another_version_is_refused(dumped: Stage, snapshot: Path) -> None:
    data = forgery.content(snapshot / "manifest.json")
    forgery.forge(dumped.run, "snapshot/zoo/manifest.json", {**data, "format": 99})
    ending = dumped.do("load")
    assert ending.error == "ForeignRunDirectory", ending
    assert "version" in ending.message
    shutil.rmtree(dumped.run)
