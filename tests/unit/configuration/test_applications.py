# SPDX-License-Identifier: GPL-3.0-or-later
"""Traefik's, the server's and Kratos' configuration."""

from __future__ import annotations

import pytest
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.applications import (
    rewrite_alkemio,
    rewrite_kratos,
)
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.problem import RewriteError
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.traefik import (
    rewrite_traefik,
)

from tests.support.playbooks.states import data, done

INTERIM = """\
storage:
  database:
    type: ${DATABASE_TYPE}:postgres
    host: ${DATABASE_HOST}:localhost
    port: ${DATABASE_PORT}:5432
    timezone: ${TYPEORM_TIMEZONE}:Z
    username: ${DATABASE_USERNAME}:synapse
    password: ${DATABASE_PASSWORD}:synapse
    schema: ${DATABASE_NAME}:alkemio_acc
    database: ${DATABASE_NAME}:alkemio_acc
    charset: ${MYSQL_CHARSET}:utf8mb4
    logging: ${ENABLE_ORM_LOGGING}:false
"""


def test_server_reads_every_value_from_a_variable() -> None:
    (found,) = data(done("mysql")["alkemio.yml"])
    assert found["storage"]["database"] == {
        "type": "${DATABASE_TYPE}:postgres",
        "host": "${DATABASE_HOST}:localhost",
        "port": "${DATABASE_PORT}:5432",
        "username": "${DATABASE_USERNAME}:synapse",
        "password": "${DATABASE_PASSWORD}:synapse",
        "schema": "${DATABASE_NAME}:alkemio",
        "database": "${DATABASE_NAME}:alkemio",
        "logging": "${ENABLE_ORM_LOGGING}:false",
    }
    assert found["storage"]["redis"] == {"host": "${REDIS_HOST}:localhost"}


def test_interim_configuration_loses_only_what_mysql_read() -> None:
    wanted = "".join(
        line for line in INTERIM.splitlines(True) if "timezone" not in line and "charset" not in line
    )
    assert rewrite_alkemio(INTERIM, "alkemio.yml") == wanted


def test_configuration_of_later_releases_is_left_alone() -> None:
    text = "storage:\n  database:\n    host: ${DATABASE_HOST}:localhost\n    port: ${DATABASE_PORT}:5432\n"
    assert rewrite_alkemio(text, "alkemio.yml") == text


def test_the_names_of_an_environment_stay() -> None:
    text = "storage:\n  database:\n    port: 3306\n    database: ${MYSQL_DATABASE}:alkemio_acc\n    schema: own\n"
    (found,) = data(rewrite_alkemio(text, "alkemio.yml"))
    assert found["storage"]["database"]["database"] == "${DATABASE_NAME}:alkemio_acc"
    assert found["storage"]["database"]["schema"] == "${DATABASE_NAME}:own"


def test_another_file_is_refused() -> None:
    with pytest.raises(RewriteError, match=r"no storage\.database"):
        rewrite_alkemio("storage: {}\n", "alkemio.yml")


@pytest.mark.parametrize("dsn", ["memory", "sqlite:///x?_fk=true", "mysql://root:x@tcp(mysql:3306)/kratos"])
def test_kratos_gets_no_database_in_memory(dsn: str) -> None:
    (found,) = data(rewrite_kratos(f"dsn: {dsn}\n", "kratos.yml"))
    assert found["dsn"].startswith("postgres://set-by-the-variable-DSN.invalid")


def test_a_dsn_of_postgresql_in_the_file_stays() -> None:
    text = "dsn: postgresql://u@h/kratos # ours\n"
    assert rewrite_kratos(text, "kratos.yml") == text


def test_traefik_loses_entry_point_router_and_service() -> None:
    (static,), (dynamic,) = (
        data(done("mysql")[f".build/traefik/{name}.yml"]) for name in ("traefik", "http")
    )
    assert list(static["entryPoints"]) == ["web", "postgres", "synapse"]
    assert list(dynamic["tcp"]["routers"]) == list(dynamic["tcp"]["services"]) == ["postgres"]


def test_template_expressions_stay_as_they_are() -> None:
    assert """url: '{{ env "ALKEMIO_SERVER" }}'""" in done("mysql")[".build/traefik/http.yml"]


def test_a_protocol_of_which_nothing_is_left_goes() -> None:
    text = (
        "http: {}\ntcp:\n  routers:\n    db:\n      service: db\n      entryPoints: [web]\n"
        "  services:\n    db:\n      loadBalancer:\n        servers:\n          - address: other:3306\n"
    )
    assert rewrite_traefik(text, "http.yml") == "http: {}\n"


def test_a_router_with_several_entry_points_loses_one() -> None:
    text = "tcp:\n  routers:\n    all:\n      service: web\n      entryPoints: [web, mysql]\n"
    (found,) = data(rewrite_traefik(text, "http.yml"))
    assert found["tcp"]["routers"]["all"]["entryPoints"] == ["web"]
