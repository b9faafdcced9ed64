# SPDX-License-Identifier: GPL-3.0-or-later
"""The residue scan: every line that tells of MySQL, what it is, and none of its secrets."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._configuration.residue import (
    Allowance,
    ResidueOutcome,
    scan,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError

from tests.support.playbooks.states import KINDS, MANIFESTS, done, texts
from tests.unit.configuration.test_files import write


def look(folder: Path, *allow: Allowance, exclude: tuple[str, ...] = ()) -> ResidueOutcome:
    return scan(str(folder), [], exclude, allow, largest=1000)


@pytest.mark.parametrize(
    ("name", "line", "kind", "place"),
    [
        ("c.yml", "  - DSN=mysql://root:hidden@tcp(h:3306)/kratos", "connection string", "configuration"),
        ("c.yml", "    image: mysql:8.3.0", "image", "configuration"),
        ("Dockerfile", "FROM mariadb:11", "image", "configuration"),
        ("backup.sh", "mysqldump -u root alkemio", "tool", "configuration"),
        (".env", "MYSQL_ROOT_PASSWORD=hidden", "variable", "configuration"),
        ("c.yml", "  # - ./.scripts/schema.sql:/bootstrap_scripts/1.sql", "path", "comment"),
        ("c.yml", "  - 3306:3306", "port", "configuration"),
        ("setup.md", "Start the mysql container.", "name", "documentation"),
        ("c.yml", "PASSWORD: hiddenmysqlhidden", "name", "configuration"),
    ],
)
def test_every_kind_is_found_and_no_secret_shown(
    tmp_path: Path, name: str, line: str, kind: str, place: str
) -> None:
    write(tmp_path, {name: f"first\n{line}\n"})
    (found,) = look(tmp_path).findings
    assert (found.path, found.line, found.kind, found.place) == (name, 2, kind, place)
    assert "hidden" not in str(found.as_result())


@pytest.mark.parametrize(
    "line", ["port: 33060", "id: 3306f2", "a1.3306.2", "size: 13306", "postgres://u@h:5432/k"]
)
def test_what_only_looks_like_it_is_not_found(tmp_path: Path, line: str) -> None:
    write(tmp_path, {"c.yml": line})
    assert look(tmp_path).findings == []


def test_the_released_checkout_is_full_of_it_and_the_rewritten_one_is_clean(tmp_path: Path) -> None:
    write(tmp_path, {**texts("mysql"), **texts("mysql", MANIFESTS)})
    before = scan(str(tmp_path), [], [], [], largest=100_000)
    assert {one.path for one in before.findings} >= set(KINDS) - {".build/ory/kratos/kratos.yml"}
    write(tmp_path, {**done("mysql"), **texts("postgres", MANIFESTS)})
    after = scan(str(tmp_path), [], [], [], largest=100_000)
    assert after.findings == []
    assert after.files == len(KINDS) + len(MANIFESTS)


def test_an_allowance_covers_what_it_names_and_no_more(tmp_path: Path) -> None:
    write(tmp_path, {"docs/history.md": "mysql\nMYSQL_DATABASE\n", "c.yml": "mysql\n"})
    outcome = look(tmp_path, Allowance("docs/*", "history", kind="name"), Allowance("gone.md", "old"))
    assert [(one.path, one.line) for one in outcome.findings] == [("c.yml", 1), ("docs/history.md", 2)]
    assert outcome.allowed == 1
    assert outcome.unused == ["gone.md: old"]


def test_what_is_not_read_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"large.txt": "x" * 2000, "node_modules/mysql2/index.js": "mysql"})
    (tmp_path / "image.png").write_bytes(b"\0mysql")
    outcome = look(tmp_path, exclude=("node_modules",))
    assert outcome.findings == []
    assert outcome.skipped == ["image.png: no text", "large.txt: larger than 1000 bytes"]


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there"):
        scan(str(tmp_path), ["manifests"], [], [], largest=1000)


@pytest.mark.parametrize(
    ("name", "line", "place"),
    [
        ("alkemio.yml", "    port: 5432 # MySQL's was another", "comment"),
        ("alkemio.yml", "    port: 5432\t# MySQL's was another", "comment"),
        ("c.yml", "    image: mysql:8.3.0 # MySQL", "configuration"),
        ("c.yml", "    test: 'echo # mysql'", "configuration"),
        ("c.yml", '    test: "say \\" # mysql"', "configuration"),
        ("c.yml", "    url: http://h/#mysql", "configuration"),
        ("c.yml", "    name: it's # mysql", "comment"),
        ("c.yml", "    port: 3306 # kept", "configuration"),
        (".env.docker", "DATABASE_HOST=postgres # mysql before", "comment"),
        ("run.sh", "psql # mysqldump -u root before", "comment"),
        ("notes.md", "a # mysql", "documentation"),
    ],
)
def test_a_comment_behind_a_value_is_a_comment(tmp_path: Path, name: str, line: str, place: str) -> None:
    """No verdict hangs on a comment, so what the line configures is looked at first."""
    write(tmp_path, {name: line + "\n"})
    assert [one.place for one in look(tmp_path).findings] == [place]


def test_a_shadow_is_read_in_the_place_of_a_file(tmp_path: Path) -> None:
    """What a check would write, so that its verdict is that of the real run."""
    write(tmp_path / "own", {"c.yml": "image: mysql:8\n", "docs/a.md": "mysql\n", "b.yml": "port: 1\n"})
    write(tmp_path / "shadow", {"c.yml": "image: postgres:17\n# mysql\n"})
    (tmp_path / "shadow/docs").symlink_to(tmp_path / "own/docs")
    found = scan(str(tmp_path / "own"), [], [], [], largest=1000, shadow=str(tmp_path / "shadow"))
    assert [(one.path, one.line, one.place) for one in found.findings] == [
        ("c.yml", 2, "comment"),
        ("docs/a.md", 1, "documentation"),
    ]
