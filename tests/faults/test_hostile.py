# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a run directory that somebody forged: our own errors or sound values, never SQL of theirs.

Every forgery bears a right seal, as of somebody who can read the run's key. The packet reader, profiles and rules, and
single bytes of manifests are fuzzed in tests/unit/engine; names of tables that no quoting may let through are part of
every injection (zoo.WEIRD).
"""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._bound.bound import (
    Bound,
    source_catalog,
    target_catalog,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import ConvergenceError
from ansible_collections.alkemio.convergence.plugins.module_utils._move.chunk_in import copy_statement
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.progress import info
from ansible_collections.alkemio.convergence.plugins.module_utils._run import manifest
from ansible_collections.alkemio.convergence.plugins.module_utils._run.directory import RunDirectory
from ansible_collections.alkemio.convergence.plugins.module_utils._transform import source_sql, target_sql
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.stage import Stage
from tests.support.engine import forgery

CASES = int(os.environ.get("FAULTS_CASES", "150"))
MARK = "1) ; DROP TABLE x; $$ '\" ` -- \n"
hostile = st.sampled_from(
    [
        None,
        True,
        -1,
        10**30,
        1.5,
        "",
        MARK,
        "../../x",
        "\0",
        "\ud800",
        [],
        {},
        [MARK],
        {MARK: MARK},
        "a" * 100_000,
    ]
)
quick = settings(
    max_examples=CASES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def places_in(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value of a document."""
    found = [path] if path else []
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        found += places_in(value, (*path, key))
    return found


def forge(data: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The document with another value at one place."""
    found = copy.deepcopy(data)
    inner: Any = found
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return found


@pytest.fixture(scope="module")
def run(whole_stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    folder = tmp_path_factory.mktemp("hostile") / "run"
    shutil.copytree(whole_stage.folder / "done", folder)
    return RunDirectory(str(folder))


def with_file(run: RunDirectory, path: Path, data: dict[str, Any], read: Callable[[], Any]) -> Any:
    """What reading says while the file holds this, under a right seal; `None` for one of our errors."""
    before = path.read_bytes()
    forgery.forge(run.path, path.relative_to(run.path).as_posix(), data)
    try:
        return read()
    except ConvergenceError as error:
        assert "\n" not in str(error)
        return None
    finally:
        path.write_bytes(before)


@quick
@given(st.data())
def test_a_forged_manifest_brings_no_statement_of_its_own(run: RunDirectory, data: st.DataObject) -> None:
    path = run.database("zoo") / "manifest.json"
    document = forgery.content(path)
    forged = forge(document, data.draw(st.sampled_from(places_in(document))), data.draw(hostile))
    found = with_file(run, path, forged, lambda: manifest.load(run, "zoo"))
    for table in found.tables.values() if found else ():
        statement = copy_statement("public", table)
        assert statement.endswith(("(FORMAT binary)", "(FORMAT text)"))
        assert all((run.database("zoo") / chunk.file).parent == run.database("zoo") for chunk in table.chunks)


@quick
@given(st.data())
def test_a_forged_plan_is_refused_or_quotes_every_name(run: RunDirectory, data: st.DataObject) -> None:
    document = forgery.content(run.transform)
    # Filters and expressions are an operator's own SQL.
    paths = [path for path in places_in(document) if path[-1] not in {"expression", "where"}]
    forged = forge(document, data.draw(st.sampled_from(paths)), data.draw(hostile))
    found = with_file(run, run.transform, forged, lambda: Bound(run))
    for plan in found.databases if found else ():
        for table in plan.tables:
            for sql in (source_sql.row_hash(table), target_sql.row_hash(table)):
                assert MARK not in sql.replace("``", "").replace('""', "")


@quick
@given(st.data())
def test_forged_catalogs_and_other_files_give_our_own_errors(run: RunDirectory, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([run.source_catalog, run.target_catalog, run.run, run.report]))
    document = forgery.content(path)
    forged = forge(document, data.draw(st.sampled_from(places_in(document))), data.draw(hostile))
    for read in (
        lambda: source_catalog(run),
        lambda: target_catalog(run),
        lambda: Bound(run),
        lambda: info(str(run.path)),
    ):
        with_file(run, path, forged, read)
