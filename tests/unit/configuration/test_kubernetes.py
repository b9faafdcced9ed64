# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests and Helm values: every client has its variables, nothing is removed that holds data."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.helm_values import (
    rewrite_values,
)
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.kubernetes import (
    rewrite_manifest,
)
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.problem import RewriteError
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.settings import Settings

from tests.support.playbooks.states import MANIFESTS, data, rewritten, texts

USER = {"configMapKeyRef": {"name": "alkemio-config", "key": "POSTGRES_USER"}}
PASSWORD = {"secretKeyRef": {"name": "alkemio-secrets", "key": "POSTGRES_PASSWORD"}}


@pytest.fixture(scope="module")
def done() -> dict[str, str]:
    return rewritten(texts("mysql", MANIFESTS), MANIFESTS)


def test_manifests_become_exactly_those_of_the_finished_state(done: dict[str, str]) -> None:
    assert done == texts("postgres", MANIFESTS)


def test_a_second_run_changes_nothing(done: dict[str, str]) -> None:
    assert rewritten(done, MANIFESTS) == done


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("manifests/25-server-deployment-dev.yaml", ("spec", "template")),
        ("manifests/26-server-migration.yaml", ("spec", "jobTemplate", "spec", "template")),
    ],
)
def test_server_and_migration_job_log_in_alike(
    done: dict[str, str], path: str, place: tuple[str, ...]
) -> None:
    (found,) = data(done[path])
    for key in place:
        found = found[key]
    variables = {one["name"]: one.get("valueFrom") for one in found["spec"]["containers"][0]["env"]}
    assert variables["DATABASE_USERNAME"] == USER
    assert variables["DATABASE_PASSWORD"] == PASSWORD


def test_config_map_names_postgresql_and_secret_keeps_the_others(done: dict[str, str]) -> None:
    config, secret = data(done["manifests/10-server-config.yaml"])
    assert config["data"]["DATABASE_HOST"] == "postgres"
    assert config["data"]["DATABASE_PORT"] == "5432", "a ConfigMap holds texts"
    assert not [name for name in {**config["data"], **secret["data"]} if name.startswith("MYSQL")]
    assert set(secret["data"]) == {"POSTGRES_PASSWORD", "SESSION_KEY"}


def test_mappings_that_are_there_stay_as_they_are() -> None:
    text = _deployment("- name: DATABASE_PASSWORD\n  valueFrom: {configMapKeyRef: {name: own, key: PG}}")
    variables = _variables(rewrite_manifest(text, "d.yaml", Settings()))
    assert variables["DATABASE_PASSWORD"]["valueFrom"] == {"configMapKeyRef": {"name": "own", "key": "PG"}}
    assert variables["DATABASE_USERNAME"]["valueFrom"] == USER


def test_variables_of_mysql_give_way() -> None:
    text = _deployment("- name: MYSQL_DATABASE\n  value: alkemio\n- name: MYSQL_ROOT_PASSWORD\n  value: toor")
    assert set(_variables(rewrite_manifest(text, "d.yaml", Settings()))) == {
        "DATABASE_USERNAME",
        "DATABASE_PASSWORD",
    }


def test_a_server_of_mysql_and_its_volume_stay_for_the_way_back() -> None:
    text = (
        "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: db\n"
        "          image: mysql:8.0.11\n          env:\n"
        "            - name: MYSQL_ROOT_PASSWORD\n              value: x\n"
        "---\nkind: PersistentVolumeClaim\nmetadata:\n  name: mysql\n"
    )
    assert rewrite_manifest(text, "db.yaml", Settings()) == text


@pytest.mark.parametrize("part", ["data", "stringData"])
def test_a_given_password_reaches_the_secret(part: str) -> None:
    text = f"kind: Secret\nmetadata:\n  name: alkemio-secrets\n{part}:\n  MYSQL_ROOT_PASSWORD: eA==\n"
    (found,) = data(rewrite_manifest(text, "s.yaml", Settings(password="p: $w#")))
    value = found[part]["POSTGRES_PASSWORD"]
    assert (base64.b64decode(value).decode() if part == "data" else value) == "p: $w#"


def test_a_secret_that_would_lack_the_password_is_refused() -> None:
    with pytest.raises(RewriteError, match="has no POSTGRES_PASSWORD"):
        rewrite_manifest(
            "kind: Secret\nmetadata:\n  name: alkemio-secrets\ndata:\n  X: eA==\n", "s.yaml", Settings()
        )


def test_values_of_the_chart_lose_the_subchart(done: dict[str, str]) -> None:
    (found,) = data(done["helm/values.yaml"])
    assert "mysql" not in found
    assert found["database"] == {"type": "postgres", "host": "postgres", "port": 5432}
    assert found["redis"] == {"enabled": True}


def test_the_chart_loses_its_dependency() -> None:
    text = "name: alkemio\ndependencies:\n  - name: mysql\n    version: 9.0.0\n  - name: redis\n    version: 1.0.0\n"
    (found,) = data(rewrite_values(text, "Chart.yaml", Settings()))
    assert [one["name"] for one in found["dependencies"]] == ["redis"]


def _deployment(variables: str) -> str:
    lines = "".join(f"            {line}\n" for line in variables.splitlines())
    return (
        "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: server\n"
        f"          image: alkemio/server\n          env:\n{lines}"
    )


def _variables(text: str) -> dict[str, Any]:
    (found,) = data(text)
    return {one["name"]: one for one in found["spec"]["template"]["spec"]["containers"][0]["env"]}


CONFIG = "kind: ConfigMap\nmetadata: {name: alkemio-config}\ndata:\n  POSTGRES_USER: synapse\n"
JOB = (
    "kind: CronJob\nmetadata: {name: server-migration}\nspec:\n  jobTemplate:\n    spec:\n      template:\n"
    "        spec:\n          containers:\n            - name: job\n              image: job\n"
    "              envFrom:\n                - secretRef: {name: alkemio-secrets}\n"
)
MAPPED = JOB.replace("CronJob", "CronJob # the release after") + (
    "              env:\n                - name: DATABASE_PASSWORD\n                  valueFrom:\n"
    "                    configMapKeyRef: {name: alkemio-config, key: POSTGRES_PASSWORD}\n"
)


@pytest.mark.parametrize(
    ("files", "settings", "source"),
    [
        ({"job": JOB}, {}, "secretKeyRef"),
        ({"job": JOB}, {"password_found": "config_map"}, "configMapKeyRef"),
        ({"job": JOB}, {"password_found": "config_map", "password_in": "secret"}, "secretKeyRef"),
        ({"job": JOB}, {"password_in": "config_map"}, "configMapKeyRef"),
        ({"job": JOB, "config": CONFIG + "  POSTGRES_PASSWORD: x\n"}, {}, "configMapKeyRef"),
        (
            {"job": JOB, "config": CONFIG + "  POSTGRES_PASSWORD: x\n"},
            {"password_in": "secret"},
            "secretKeyRef",
        ),
        ({"job": JOB, "other": MAPPED}, {}, "configMapKeyRef"),
        ({"job": JOB, "config": CONFIG}, {"password_in": "config_map", "password": "p"}, "configMapKeyRef"),
    ],
)
def test_the_password_comes_from_where_the_platform_keeps_it(
    files: dict[str, str], settings: dict[str, Any], source: str
) -> None:
    """In the real manifests that is the ConfigMap, and a key that is not there keeps the pod from starting."""
    settings = {**settings, "clients": ["server-migration"]}
    new = rewritten(files, dict.fromkeys(files, "manifest"), **settings)
    (job,) = data(new["job"])
    container = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    (found,) = (one["valueFrom"] for one in container["env"] if one["name"] == "DATABASE_PASSWORD")
    assert list(found) == [source]
    assert rewritten(new, dict.fromkeys(files, "manifest"), **settings) == new


def test_a_config_map_without_the_password_it_has_to_hold_is_refused() -> None:
    with pytest.raises(RewriteError, match="the ConfigMap has no POSTGRES_PASSWORD"):
        rewritten({"config": CONFIG}, {"config": "manifest"}, password_in="config_map")


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_only_clients_of_the_database_get_its_variables(kind: str) -> None:
    """Every service of the platform has the server's ConfigMap and Secret in its environment; two log in."""
    text = _drawing(kind, "alkemio-notifications-deployment")
    assert rewrite_manifest(text, "n.yaml", Settings()) == text
    server = text.replace("alkemio-notifications-deployment", "alkemio-server-deployment")
    assert set(_variables(rewrite_manifest(server, "s.yaml", Settings()))) == {
        "DATABASE_USERNAME",
        "DATABASE_PASSWORD",
    }
    named = rewrite_manifest(text, "n.yaml", Settings(clients=("alkemio-notifications-deployment",)))
    assert set(_variables(named)) == {"DATABASE_USERNAME", "DATABASE_PASSWORD"}


def test_a_client_that_no_file_holds_is_refused() -> None:
    """Its pods would go on with MySQL, and nobody would be told."""
    files = {"n": _drawing("Deployment", "alkemio-server"), "job": JOB}
    with pytest.raises(
        RewriteError, match=r"no manifest is of alkemio-server-deployment, which .* alkemio-server, "
    ):
        rewritten(files, dict.fromkeys(files, "manifest"))


OLD = "mysql://root:toor@tcp(mysql:3306)/kratos?max_conns=20"
NEW = "postgres://kratos:p%40ss@pg:5432/kratos?sslmode=disable&max_conns=20"
KRATOS = Settings(host="pg", user="kratos", password="p@ss")


@pytest.mark.parametrize(
    ("text", "new"),
    [
        (
            "kind: Secret\nmetadata: {name: kratos}\ndata:\n"
            f"  dsn: {base64.b64encode(OLD.encode()).decode()}\n  cookie: eA==\n",
            base64.b64encode(NEW.encode()).decode(),
        ),
        (f"kind: Secret\nmetadata: {{name: kratos}}\nstringData:\n  dsn: {OLD}\n", NEW),
        (f"kind: ConfigMap\nmetadata: {{name: kratos}}\ndata:\n  dsn: {OLD}\n", NEW),
    ],
)
def test_the_dsn_of_kratos_leads_to_postgresql(text: str, new: str) -> None:
    (found,) = data(rewrite_manifest(text, "k.yaml", KRATOS))
    assert (found.get("data") or found["stringData"])["dsn"] == new
    with pytest.raises(RewriteError, match="dsn leads to MySQL, and a DSN needs the login"):
        rewrite_manifest(text, "k.yaml", Settings())


def test_a_dsn_among_the_variables_leads_to_postgresql() -> None:
    text = _deployment(f'- name: DSN\n  value: "{OLD}"\n- name: OTHER\n  value: x')
    found = _variables(rewrite_manifest(text, "k.yaml", KRATOS))
    assert found == {"DSN": {"name": "DSN", "value": NEW}, "OTHER": {"name": "OTHER", "value": "x"}}


def _drawing(kind: str, name: str) -> str:
    return (
        f"kind: {kind}\nmetadata:\n  name: {name}\nspec:\n  template:\n    spec:\n      containers:\n"
        "        - name: main\n          image: alkemio/it\n          envFrom:\n"
        "            - secretRef:\n                name: alkemio-secrets\n"
        "            - configMapRef:\n                name: alkemio-config\n"
    )
