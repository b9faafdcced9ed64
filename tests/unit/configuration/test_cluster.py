# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster is given: the manifests' part alone, with all that pods need, and a way back."""

from __future__ import annotations

import base64
import copy
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.alkemio.convergence.plugins.filter.cluster_answers import cluster_answers
from ansible_collections.alkemio.convergence.plugins.filter.manifest_plan import manifest_plan
from ansible_collections.alkemio.convergence.plugins.filter.manifest_return import manifest_return
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.cluster import (
    Plan,
    asked,
    planned,
    returned,
)
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.kubernetes import (
    rewrite_manifest,
)
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.settings import Settings

PLACE = "platform"
SETTINGS = Settings(host="pg", password_in="config_map", clients=("server",))
SERVER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: server, labels: {tier: back}}
spec:
  replicas: 1
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec:
      containers:
        - name: server
          image: alkemio/server:v0.128.3
          envFrom:
            - secretRef: {name: alkemio-secrets}
            - configMapRef: {name: alkemio-config}
"""


def live(kind: str, name: str, **parts: Any) -> dict[str, Any]:
    version = {"Deployment": "apps/v1"}.get(kind, "v1")
    metadata = {"name": name, "namespace": PLACE, "uid": "1", "resourceVersion": "7", "generation": 2}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **parts}


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def deployment(image: str = "alkemio/server:v0.130.0") -> dict[str, Any]:
    container = {"name": "server", "image": image, "env": [{"name": "BY_HAND", "value": "x"}]}
    template = {"metadata": {"labels": {"app": "server"}}, "spec": {"containers": [container]}}
    found = live("Deployment", "server", spec={"replicas": 3, "template": template}, status={"replicas": 3})
    found["metadata"]["finalizers"] = ["keep"]
    return found


def cluster(**config: str | None) -> list[dict[str, Any]]:
    data = {
        "POSTGRES_USER": "synapse",
        "POSTGRES_PASSWORD": "p",
        "DATABASE_HOST": "mysql",
        "OTHER": "o",
        **config,
    }
    there = {key: value for key, value in data.items() if value is not None}
    secret = live("Secret", "alkemio-secrets", data={"SESSION_KEY": coded("k")})
    return [live("ConfigMap", "alkemio-config", data=there), secret, deployment()]


def plan(*there: dict[str, Any], text: str = SERVER, settings: Settings = SETTINGS) -> Plan:
    return planned([rewrite_manifest(text, "s.yaml", settings)], PLACE, there or cluster(), settings)


def test_everything_that_pods_need_is_asked_for() -> None:
    text = SERVER + "      volumes: [{name: v, secret: {secretName: certificates}}]\n"
    found = {(one["kind"], one["name"]) for one in asked([text], PLACE, SETTINGS)}
    assert found == {
        ("Deployment", "server"),
        ("ConfigMap", "alkemio-config"),
        ("Secret", "alkemio-secrets"),
        ("Secret", "certificates"),
    }


def test_the_pod_template_is_the_manifests_and_the_rest_the_clusters() -> None:
    found = plan()
    assert found.problems == []
    config, server = found.wanted
    assert config["data"] == {
        "POSTGRES_USER": "synapse",
        "POSTGRES_PASSWORD": "p",
        "OTHER": "o",
        "DATABASE_TYPE": "postgres",
        "DATABASE_HOST": "pg",
        "DATABASE_PORT": "5432",
        "DATABASE_NAME": "alkemio",
        "POSTGRES_DB_PORT": "5432",
        "POSTGRES_DATABASE": "alkemio",
    }
    assert server["spec"]["replicas"] == 3
    (container,) = server["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "alkemio/server:v0.130.0"
    assert {one["name"] for one in container["env"]} == {"DATABASE_USERNAME", "DATABASE_PASSWORD"}
    assert "status" not in server
    assert server["metadata"] == {
        "name": "server",
        "namespace": PLACE,
        "finalizers": ["keep"],
        "labels": {"tier": "back"},
    }


def test_the_way_back_is_exact_and_leaves_what_others_did() -> None:
    before = cluster()
    found = plan(*copy.deepcopy(before))
    assert {kept["kind"]: kept.get("data") for kept in found.kept}["ConfigMap"] == {
        "DATABASE_HOST": "mysql",
        **dict.fromkeys(
            ["DATABASE_TYPE", "DATABASE_PORT", "DATABASE_NAME", "POSTGRES_DB_PORT", "POSTGRES_DATABASE"]
        ),
    }
    now = copy.deepcopy(found.wanted)
    now[0]["data"]["NEW"] = "n"
    now[1]["spec"]["replicas"] = 0
    now[1]["spec"]["template"]["spec"]["containers"][0]["image"] = "alkemio/server:v0.131.0"
    config, server = returned(found.kept, now)
    assert config["data"] == before[0]["data"] | {"NEW": "n"}
    assert server["spec"]["replicas"] == 0
    (container,) = server["spec"]["template"]["spec"]["containers"]
    assert container == before[2]["spec"]["template"]["spec"]["containers"][0] | {
        "image": "alkemio/server:v0.131.0"
    }

    # A second run finds it all done and keeps what the first has kept.
    texts = [rewrite_manifest(SERVER, "s.yaml", SETTINGS)]
    again = planned(texts, PLACE, [*found.wanted, before[1]], SETTINGS, found.kept)
    assert again.kept == found.kept
    with pytest.raises(
        AnsibleFilterError, match="Deployment platform/server is gone from the cluster: deploy"
    ):
        manifest_return(found.kept, now[:1])


@pytest.mark.parametrize(
    ("there", "problem"),
    [
        (
            cluster(POSTGRES_USER=None),
            "needs ConfigMap platform/alkemio-config, key POSTGRES_USER, which is not there",
        ),
        (
            cluster(POSTGRES_PASSWORD=None),
            "key POSTGRES_PASSWORD, which is not there: its pods would not start",
        ),
        (cluster(POSTGRES_PASSWORD=""), "the container server would not get DATABASE_PASSWORD as"),
        (cluster()[1:], "ConfigMap platform/alkemio-config is neither in the manifests nor in the cluster"),
        ([cluster()[0], cluster()[2]], "needs Secret platform/alkemio-secrets, which is not there"),
        (cluster()[:2], "Deployment platform/server is in the manifests and not in the cluster"),
    ],
)
def test_what_pods_would_lack_is_a_problem(there: list[dict[str, Any]], problem: str) -> None:
    found = plan(*there)
    assert [one for one in found.problems if problem in one], found.problems


def test_a_later_object_that_says_otherwise_is_a_problem() -> None:
    """Its pods would start, and work on the previous database."""
    text = SERVER + "            - configMapRef: {name: late}\n"
    late = live("ConfigMap", "late", data={"DATABASE_HOST": "mysql"})
    found = plan(*cluster(), late, text=text)
    assert ["would not get DATABASE_HOST as they have to be" in one for one in found.problems] == [True]
    assert plan(*cluster(), live("ConfigMap", "late", data={"X": "x"}), text=text).problems == []


def test_a_client_that_draws_on_nothing_is_a_problem() -> None:
    text = SERVER[: SERVER.index("          envFrom")]
    assert ["no container of it has ConfigMap or Secret" in one for one in plan(text=text).problems] == [True]


def test_an_object_in_no_file_that_leads_to_mysql_is_a_problem() -> None:
    kratos = SERVER.replace("name: server", "name: kratos").replace(
        "          envFrom:\n            - secretRef: {name: alkemio-secrets}\n"
        "            - configMapRef: {name: alkemio-config}\n",
        "          env:\n            - name: DSN\n              valueFrom:\n"
        "                secretKeyRef: {name: kratos, key: dsn}\n",
    )
    running = deployment()
    running["metadata"]["name"] = "kratos"
    secret = live("Secret", "kratos", data={"dsn": coded("mysql://kratos:p@tcp(db:3306)/kratos")})
    settings = Settings(clients=())
    found = plan(*cluster()[:2], running, secret, text=kratos, settings=settings)
    assert [
        "takes its database from key dsn of Secret platform/kratos, which leads to" in one
        for one in found.problems
    ]


def test_a_given_login_reaches_the_objects_of_the_cluster() -> None:
    settings = Settings(host="pg", user="u", password="new", password_in="secret", clients=("server",))
    found = plan(settings=settings)
    data = {one["kind"]: one["data"] for one in found.wanted if "data" in one}
    assert data["ConfigMap"]["POSTGRES_USER"] == "u"
    assert data["ConfigMap"]["POSTGRES_PASSWORD"] == "p", "where nobody reads it any more"
    assert data["Secret"] == {"SESSION_KEY": coded("k"), "POSTGRES_PASSWORD": coded("new")}


def test_declared_objects_add_their_keys_and_new_ones_are_made() -> None:
    text = (
        "kind: Secret\napiVersion: v1\nmetadata: {name: alkemio-secrets}\nstringData: {POSTGRES_PASSWORD: q}\n---\n"
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: fresh}\ndata: {A: a}\n"
    )
    found = planned([text], PLACE, cluster(MYSQL_DATABASE="a"), Settings(host="pg", clients=()))
    data = {one["metadata"]["name"]: one["data"] for one in found.wanted}
    assert data["alkemio-secrets"] == {"SESSION_KEY": coded("k"), "POSTGRES_PASSWORD": coded("q")}
    assert data["fresh"] == {"A": "a"}
    assert found.leftovers == ["ConfigMap platform/alkemio-config: MYSQL_DATABASE"]


def test_what_is_no_manifest_is_an_error() -> None:
    with pytest.raises(AnsibleFilterError, match="is not valid YAML"):
        manifest_plan(["a: [\n"], PLACE, [], {})
    with pytest.raises(AnsibleFilterError, match="not as the API makes it"):
        manifest_plan([SERVER], PLACE, [live("Deployment", "server")], {})


def test_answers_tell_places_and_no_values() -> None:
    old = live("ConfigMap", "c", data={"A": "secret", "B": "b"})
    new = {**old, "data": {"A": "other", "C": "c"}, "metadata": {**old["metadata"], "resourceVersion": "8"}}
    same = live("ConfigMap", "same", data={})
    made = live("ConfigMap", "made", data={})
    results = [{"item": one, "result": one} for one in (new, same, made)]
    assert cluster_answers(results, "changes", [old, same]) == [
        "ConfigMap platform/c: data.A, data.B, data.C",
        "ConfigMap platform/made is new",
    ]
    assert cluster_answers(results, "changed", [old, same]) == [new, made]
    refused = [
        {"item": old, "msg": "Failed to replace object: why"},
        {"item": live("Secret", "s"), "msg": "its value c2VjcmV0"},
    ]
    said = cluster_answers([*results, *refused], "refusals")
    assert said[0] == "ConfigMap platform/c: Failed to replace object: why"
    assert said[1].startswith("Secret platform/s: its answer may quote a value")
    with pytest.raises(AnsibleFilterError, match="is none of"):
        cluster_answers([], "anything")
