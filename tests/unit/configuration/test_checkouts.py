# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkouts as long and as odd as the real ones, release by release."""

from __future__ import annotations

import difflib
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._configuration.residue import scan
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.compose_project import (
    Project,
    is_compose,
)

from tests.support.playbooks.checkouts import RELEASES, checkout
from tests.support.playbooks.states import KINDS, data, rewritten
from tests.unit.configuration.test_files import write

STACKS = ("", "-kratos-debug", "-ai", "-ai-debug")
# Prose that tells of MySQL and is left, by release.
PROSE = {"v0.128.3": 8, "v0.129.3": 3}


# What a line says that the rewriting may add.
OF_POSTGRESQL = re.compile(
    "postgres|DATABASE_|POSTGRES_|condition: service_healthy|depends_on|alkemio-config|valueFrom|configMapKeyRef|env:"
    "|environment:"
)


@cache
def kinds(release: str) -> dict[str, str]:
    """What the role would rewrite."""
    files = checkout(release)
    known = {path: kind for path, kind in KINDS.items() if kind != "compose" and path in files}
    known |= dict.fromkeys((path for path in files if path.startswith(".env")), "environment")
    known |= dict.fromkeys((path for path in files if path.startswith("manifests/")), "manifest")
    return known | {path: "compose" for path, text in files.items() if path not in known and is_compose(text)}


@cache
def done(release: str) -> dict[str, str]:
    files = checkout(release)
    return rewritten({path: files[path] for path in kinds(release)}, kinds(release), password_in="config_map")


def composed(files: dict[str, str], name: str) -> Any:
    (found,) = data(files[name])
    return found


@pytest.mark.parametrize("release", RELEASES)
def test_nothing_that_configures_tells_of_mysql_and_prose_stays(release: str, tmp_path: Path) -> None:
    write(tmp_path, done(release))
    found = scan(str(tmp_path), [], [], [], largest=100_000).findings
    assert [one.as_result()["text"] for one in found if one.place == "configuration"] == []
    assert len(found) == PROSE.get(release, 0), [one.as_result()["text"] for one in found]
    assert {one.path for one in found} <= {"alkemio.yml"}


@pytest.mark.parametrize("release", RELEASES)
def test_a_second_run_changes_nothing(release: str) -> None:
    assert rewritten(done(release), kinds(release), password_in="config_map") == done(release)


@pytest.mark.parametrize("release", RELEASES)
def test_compose_files_are_found_by_what_they_hold(release: str) -> None:
    found = {path for path, kind in kinds(release).items() if kind == "compose"}
    shipped = {path for path in checkout(release) if path.endswith((".yml", ".yaml"))}
    assert found == {one for one in shipped if one.startswith(("quickstart", "overlays", ".devcontainer"))}
    project = Project({path: done(release)[path] for path in found})
    assert project.apart() == []
    assert found == {path for one in project.stacks() for path in one} | (found & {"overlays/ai-stack.yml"})


@pytest.mark.parametrize("release", ["v0.128.3", "v0.129.3"])
@pytest.mark.parametrize("which", STACKS)
def test_the_last_release_for_mysql_becomes_what_the_first_for_postgresql_ships(
    release: str, which: str
) -> None:
    name = f"quickstart-services{which}.yml"
    found, wanted = composed(done(release), name), composed(checkout("v0.130.0"), name)
    # Only MySQL mounted it; the platform forgot to take it away.
    wanted["volumes"].pop("tmpvolume")
    assert found == wanted


@pytest.mark.parametrize("release", RELEASES)
def test_every_line_that_is_not_concerned_stays(release: str) -> None:
    """In its order and with its bytes: comments, quotes, blanks at the end."""
    for path, text in done(release).items():
        before = checkout(release)[path].split("\n")
        lines = list(difflib.unified_diff(before, text.split("\n"), n=0, lineterm=""))[2:]
        added = [line[1:] for line in lines if line.startswith("+")]
        gone = [line[1:] for line in lines if line.startswith("-")]
        assert [line for line in added if not OF_POSTGRESQL.search(line)] == [], path
        assert len(gone) < 45, path
        assert [line for line in gone if line.rstrip() != line] == [], path


@pytest.mark.parametrize("release", RELEASES)
def test_server_and_job_take_the_password_from_where_it_is(release: str) -> None:
    for path, text in done(release).items():
        if path.startswith("manifests/"):
            assert text.count("key: POSTGRES_PASSWORD") == text.count("key: POSTGRES_USER") == 1, path
            assert "secretKeyRef:\n            name: alkemio-secrets" not in text


def test_an_override_of_the_environment_gets_nothing_new() -> None:
    assert done("newest")[".env.docker.local"] == checkout("newest")[".env.docker.local"]
