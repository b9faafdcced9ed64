# SPDX-License-Identifier: GPL-3.0-or-later
"""The quickstart's files, from every state they may be in to PostgreSQL only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.compose import (
    rewrite_compose,
)
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.problem import RewriteError
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.settings import Settings

from tests.support.playbooks.states import COMPOSE, KINDS, STATES, data, done, rewritten, texts

MYSQL = re.compile("mysql|mariadb|3306", re.I)


@pytest.mark.parametrize("state", STATES)
def test_no_mysql_is_left_and_a_second_run_changes_nothing(state: str) -> None:
    assert [path for path, text in done(state).items() if MYSQL.search(text)] == []
    assert rewritten(done(state)) == done(state)


def test_the_finished_state_is_left_alone() -> None:
    assert done("postgres") == texts("postgres")


def test_the_released_files_become_exactly_those_of_the_finished_state() -> None:
    assert done("mysql") == texts("postgres")


@pytest.mark.parametrize("state", ["commented", "half"])
@pytest.mark.parametrize("path", [path for path in KINDS if path != ".env.docker"])
def test_other_states_become_the_same_but_for_what_services_wait_for(state: str, path: str) -> None:
    found, wanted = (data(text[path]) for text in (done(state), texts("postgres")))
    assert _without_waiting(found) == _without_waiting(wanted)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("path", COMPOSE)
def test_kratos_migrates_after_a_healthy_postgresql(state: str, path: str) -> None:
    (found,) = data(done(state)[path])
    waits = found["services"]["kratos-migrate"]["depends_on"]
    assert waits == {"postgres": {"condition": "service_healthy"}}
    assert found["services"]["postgres"]["healthcheck"]["test"], (
        "nobody would ever be told that it is healthy"
    )


@pytest.mark.parametrize("path", COMPOSE)
def test_only_mysql_disappears(path: str) -> None:
    (before,), (after,) = data(texts("mysql")[path]), data(done("mysql")[path])
    renamed = {"mysql-backup": "postgres-backup"}
    kept = [renamed.get(name, name) for name in before["services"] if name != "mysql"]
    assert list(after["services"]) == kept
    assert set(before["volumes"]) - set(after["volumes"]) <= {"alkemio_dev_mysql", "tmpvolume"}


@pytest.mark.parametrize("path", COMPOSE)
def test_what_is_not_concerned_keeps_its_lines(path: str) -> None:
    before, after = texts("mysql")[path].split("\n"), done("mysql")[path].split("\n")
    concerned = re.compile(
        r"mysql|3306|DSN=|depends_on|condition|postgres:|- kratos|tmpvolume|healthcheck|PG|set -e|5432:5432|backup"
    )
    fresh = [line for line in after if line not in before and not concerned.search(line)]
    assert [
        line
        for line in fresh
        if not re.search(r"test:|interval|timeout|retries|start_period|kratos-migrate", line)
    ] == []


def test_synapse_and_hydra_are_left_alone() -> None:
    (before,), (after,) = (data(text["quickstart-services.yml"]) for text in (texts("mysql"), done("mysql")))
    for name in ("postgres", "synapse", "hydra", "hydra-migrate", "rabbitmq", "redis"):
        assert after["services"][name] == before["services"][name]


def test_a_list_of_what_to_wait_for_becomes_a_mapping_with_the_same_meaning() -> None:
    (after,) = data(done("mysql")["quickstart-services-ai.yml"])
    assert after["services"]["kratos"]["depends_on"] == {
        "kratos-migrate": {"condition": "service_started"},
        "postgres": {"condition": "service_healthy"},
    }


def test_a_backup_job_dumps_both_databases_where_it_wrote_before() -> None:
    (after,) = data(done("mysql")["quickstart-services-ai.yml"])
    job = after["services"]["postgres-backup"]
    assert job["image"] == "postgres:17.5"
    assert "for database in alkemio kratos; do pg_dump" in job["command"][2]
    assert '--file="/backups/$${database}.dump"' in job["command"][2]
    assert job["environment"]["PGPASSWORD"] == "${DATABASE_PASSWORD}"
    assert job["volumes"] == ["./backups:/backups"]


def test_a_backup_job_of_which_nobody_knows_where_it_writes_is_refused() -> None:
    text = "services:\n  night:\n    image: mysql:8.3.0\n    command: mysqldump alkemio\n"
    with pytest.raises(RewriteError, match="'night' writes; give backup_directory"):
        rewrite_compose(text, "c.yml", Settings())


@pytest.mark.parametrize(
    "port",
    [
        "3306:3306",
        '"127.0.0.1:3306:3306/tcp"',
        "${DB_PORT:-3306}:3306",
        '"3306"',
        "13306:3306",
        "3306:3306 # db",
    ],
)
def test_every_way_to_publish_the_port_is_found(port: str) -> None:
    text = f"services:\n  proxy:\n    image: traefik:v2.9.6\n    ports:\n      - {port}\n      - 33060:80\n"
    (after,) = data(rewrite_compose(text, "c.yml", Settings()))
    assert after["services"]["proxy"]["ports"] == ["33060:80"]


def test_a_stale_mount_in_a_service_that_stays_is_taken_out() -> None:
    text = (
        "services:\n  postgres:\n    image: postgres:17.5\n    volumes:\n"
        "      - ./.scripts/schema.sql:/bootstrap_scripts/1.sql\n      - data:/var/lib/postgresql/data\n"
        "volumes:\n  data:\n"
    )
    (after,) = data(rewrite_compose(text, "c.yml", Settings()))
    assert after["services"]["postgres"]["volumes"] == ["data:/var/lib/postgresql/data"]


@pytest.mark.parametrize("form", ["list", "mapping"])
def test_a_service_of_the_server_gets_both_families_of_variables(form: str) -> None:
    variables = {
        "MYSQL_ROOT_PASSWORD": "${MYSQL_ROOT_PASSWORD}",
        "MYSQL_DATABASE": "alkemio",
        "DATABASE_HOST": "mysql",
    }
    lines = [
        f"- {name}={value}" if form == "list" else f"{name}: {value}" for name, value in variables.items()
    ]
    text = "services:\n  server:\n    image: alkemio/server\n    environment:\n" + "".join(
        f"      {one}\n" for one in lines
    )
    after = _environment(rewrite_compose(text, "c.yml", Settings()), "server")
    assert after["DATABASE_HOST"] == "postgres"
    assert {
        "DATABASE_PORT",
        "DATABASE_USERNAME",
        "DATABASE_PASSWORD",
        "DATABASE_NAME",
        "DATABASE_TYPE",
    } <= set(after)
    assert {"POSTGRES_DB_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DATABASE"} <= set(after)
    assert not [name for name in after if name.startswith("MYSQL")]


def test_the_third_family_stays_when_asked_for() -> None:
    text = (
        "services:\n  server:\n    image: alkemio/server\n    environment:\n      - MYSQL_DATABASE=alkemio\n"
    )
    after = _environment(rewrite_compose(text, "c.yml", Settings(keep_mysql_variables=True)), "server")
    assert {"MYSQL_DATABASE", "POSTGRES_DATABASE", "DATABASE_NAME"} <= set(after)


@pytest.mark.parametrize(
    ("dsn", "wanted"),
    [
        (
            "postgres://synapse:pa$$w/rd?@postgres:5432/kratos?sslmode=disable&parseTime=true&max_conns=20",
            "postgres://synapse:pa%24w%2Frd%3F@postgres:5432/kratos?sslmode=disable&max_conns=20",
        ),
        (
            "postgres://synapse:x@tcp(postgres:3306)/kratos?max_conns=20",
            "postgres://synapse:x@postgres:5432/kratos?max_conns=20",
        ),
        (
            "postgres://${POSTGRES_USER}:p@ss@mysql:5432/kratos?max_conns=20",
            "postgres://${POSTGRES_USER}:p%40ss@postgres:5432/kratos?max_conns=20",
        ),
    ],
)
def test_a_dsn_that_was_converted_by_half_is_finished(dsn: str, wanted: str) -> None:
    text = f"services:\n  kratos:\n    image: oryd/kratos:v1.3.1\n    environment:\n      - 'DSN={dsn}'\n"
    finished = rewrite_compose(text, "c.yml", Settings())
    assert _environment(finished, "kratos")["DSN"] == wanted
    assert rewrite_compose(finished, "c.yml", Settings()) == finished


def test_a_literal_password_does_not_survive_in_a_dsn() -> None:
    assert "pa$$word" in texts("mysql")["quickstart-services-ai.yml"]
    assert "pa$$word" not in done("mysql")["quickstart-services-ai.yml"]


def test_windows_line_ends_stay() -> None:
    before = {path: text.replace("\n", "\r\n") for path, text in texts("mysql").items()}
    wanted = {path: text.replace("\n", "\r\n") for path, text in texts("postgres").items()}
    assert rewritten(before) == wanted


def test_a_sentence_about_mysql_stays_for_the_scan_to_list() -> None:
    text = "# MySQL was here once.\nservices:\n  redis:\n    image: redis:7\n"
    assert rewrite_compose(text, "c.yml", Settings()) == text


@pytest.mark.parametrize(
    ("text", "reason"), [("a: [", "not valid YAML"), ("a: 1\n", "neither services"), ("", "neither services")]
)
def test_what_is_no_compose_file_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RewriteError, match=reason):
        rewrite_compose(text, "c.yml", Settings())


def _environment(text: str, service: str) -> dict[str, Any]:
    found = data(text)[0]["services"][service]["environment"]
    return dict(one.split("=", 1) for one in found) if isinstance(found, list) else found


def _without_waiting(documents: list[Any]) -> list[Any]:
    for document in documents:
        for service in document.get("services", {}).values():
            service.pop("depends_on", None)
    return documents


BASE = (
    "services:\n  db:\n    image: mysql:8.3.0\n    volumes: ['data:/var/lib/mysql', 'both:/x']\n"
    "  postgres:\n    image: postgres:17.5\n    healthcheck:\n      test: pg_isready\n"
    "  kratos:\n    image: oryd/kratos:v1.3.1\nvolumes:\n  data:\n  both:\n"
)
OVERLAY = (
    "services:\n  db:\n    ports: ['13306:3306']\n  kratos:\n    depends_on: [db]\n    environment:\n"
    "      - DSN=mysql://root:x@tcp(db:3306)/kratos?max_conns=20\n  viewer:\n    image: viewer\n"
    "    volumes:\n      - both:/both\n"
)


def test_a_file_that_only_includes_others_is_left_alone() -> None:
    text = "# all of it\ninclude:\n  - base.yml\n  - path: more/overlay.yml\n"
    assert rewrite_compose(text, "c.yml", Settings()) == text


def test_a_file_with_neither_services_nor_includes_is_refused() -> None:
    with pytest.raises(RewriteError, match=r"c\.yml has neither services nor include"):
        rewrite_compose("volumes:\n  data:\n", "c.yml", Settings())


@pytest.mark.parametrize("include", [True, False])
def test_an_overlay_is_rewritten_with_what_it_lies_on(include: bool) -> None:
    """A server of another name is made in one file, and waited for in the other."""
    files = {"c.yml": BASE, "overlays/kratos.yml": OVERLAY}
    if include:
        files["all.yml"] = "include:\n  - c.yml\n  - overlays/kratos.yml\n"
    new = rewritten(files, dict.fromkeys(files, "compose"))
    (base,), (overlay,) = data(new["c.yml"]), data(new["overlays/kratos.yml"])
    assert set(base["services"]) == {"postgres", "kratos"}
    assert set(base["volumes"]) == {"both"}, "another file still mounts it"
    assert set(overlay["services"]) == {"kratos", "viewer"}
    kratos = overlay["services"]["kratos"]
    assert kratos["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "@postgres:5432/kratos" in kratos["environment"][0]
    assert rewritten(new, dict.fromkeys(files, "compose")) == new


def test_files_that_have_nothing_to_do_with_each_other_stay_apart() -> None:
    other = "services:\n  db:\n    image: redis\n  web:\n    image: web\n    depends_on: [db]\n"
    new = rewritten({"c.yml": BASE, "other.yml": other}, dict.fromkeys(["c.yml", "other.yml"], "compose"))
    assert new["other.yml"] == other


def test_an_overlay_of_the_server_alone_becomes_an_empty_one() -> None:
    files = {"c.yml": BASE, "db.yml": "services:\n  db:\n    ports:\n      - 3306:3306\n"}
    new = rewritten(files, dict.fromkeys(files, "compose"))
    assert new["db.yml"] == "services: {}\n"


def test_an_anchor_in_what_goes_is_named() -> None:
    text = (
        "services:\n  mysql:\n    image: mysql:8\n    logging: &log\n      driver: local\n"
        "  web:\n    image: web\n    logging: *log\n"
    )
    with pytest.raises(RewriteError, match=r"c\.yml: the service mysql goes.* anchor &log.*x-"):
        rewrite_compose(text, "c.yml", Settings())
