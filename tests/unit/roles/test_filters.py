# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles ask filters: each answer over objects as they are read, complete, bare and broken ones."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.alkemio.convergence.plugins.filter.compose_release import compose_release
from ansible_collections.alkemio.convergence.plugins.filter.configuration_files import configuration_files
from ansible_collections.alkemio.convergence.plugins.filter.cutover_findings import cutover_findings
from ansible_collections.alkemio.convergence.plugins.filter.kubernetes_state import kubernetes_state
from ansible_collections.alkemio.convergence.plugins.filter.manifest_refusals import manifest_refusals
from ansible_collections.alkemio.convergence.plugins.filter.release_images import release_images
from ansible_collections.alkemio.convergence.plugins.filter.release_override import release_override
from ansible_collections.alkemio.convergence.plugins.filter.smoke_checks import smoke_checks
from ansible_collections.alkemio.convergence.plugins.filter.smoke_failures import smoke_failures
from ansible_collections.alkemio.convergence.plugins.filter.smoke_write_failures import smoke_write_failures
from ansible_collections.alkemio.convergence.plugins.filter.target_schemas import target_schemas

ROOT = Path(__file__).resolve().parents[3]


def deployment(name: str = "server", generation: int = 3, /, **status: int) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "generation": generation},
        "status": {"observedGeneration": generation, **status},
    }


def job(name: str, owner: str | None, *conditions: str, kind: str = "CronJob") -> dict[str, Any]:
    owners = [{"kind": kind, "name": owner}] if owner else None
    return {
        "metadata": {"name": name, "ownerReferences": owners},
        "status": {"conditions": [{"type": one, "status": "True"} for one in conditions] or None},
    }


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"matchLabels": {"app": "server", "tier": "api"}}, ["app=server", "tier=api"]),
        ({"matchLabels": None, "matchExpressions": None}, []),
        (
            {
                "matchExpressions": [
                    {"key": "app", "operator": "In", "values": ["a", "b"]},
                    {"key": "tier", "operator": "NotIn", "values": ["x"]},
                    {"key": "live", "operator": "Exists"},
                    {"key": "old", "operator": "DoesNotExist", "values": None},
                ]
            },
            ["app in (a,b)", "tier notin (x)", "live", "!old"],
        ),
    ],
)
def test_selectors_are_written_as_the_api_reads_them(selector: dict[str, Any], expected: list[str]) -> None:
    assert kubernetes_state({"spec": {"selector": selector}}, "selectors") == expected


@pytest.mark.parametrize(
    ("one", "goes_on"),
    [
        (deployment(replicas=0), False),
        (deployment(), False),
        (deployment(replicas=1), True),
        (deployment(observedGeneration=2), True),
        ({"metadata": {"name": "server", "generation": 1}}, True),  # the controller has not looked yet
    ],
)
def test_a_deployment_that_is_not_scaled_goes_on(one: dict[str, Any], goes_on: bool) -> None:
    found = kubernetes_state([one], "unscaled")
    assert found == (["the deployment server, which its controller has not scaled"] if goes_on else [])


def test_pods_that_are_left_are_named_and_what_was_not_asked_is_not() -> None:
    pod = {"metadata": {"name": "server-1"}}
    results = [
        {"item": deployment(), "resources": [pod, {"metadata": {"name": "server-2"}}]},
        {"item": deployment("empty"), "resources": []},
        {"item": deployment("skipped"), "skipped": True},
    ]
    assert kubernetes_state(results, "pods") == ["the deployment server (pods server-1, server-2)"]


@pytest.mark.parametrize("condition", ["Complete", "Failed", "Suspended"])
def test_a_job_that_has_ended_is_no_writer(condition: str) -> None:
    assert kubernetes_state([job("one", "nightly", condition)], "jobs", ["nightly"]) == []


def test_a_job_goes_on_that_has_not_ended_and_is_ours() -> None:
    others = [job("hand", None), job("theirs", "weekly"), job("set", "nightly", kind="ReplicaSet")]
    assert kubernetes_state([job("one", "nightly"), *others], "jobs", ["nightly"]) == ["job/one"]
    assert kubernetes_state([job("two", "nightly", "SuccessCriteriaMet")], "jobs", ["nightly"]) == ["job/two"]
    not_yet = job("three", "nightly", "Complete")
    not_yet["status"]["conditions"][0]["status"] = "False"
    assert kubernetes_state([not_yet], "jobs", ["nightly"]) == ["job/three"]


def test_what_has_not_come_back_is_counted_and_what_is_gone_has_none() -> None:
    there = [
        deployment(availableReplicas=1, updatedReplicas=2),
        deployment("whole", availableReplicas=2, updatedReplicas=2),
        deployment("starting"),
    ]
    wanted = {"server": 2, "whole": 2, "starting": 1, "gone": 1, "none": 0, "statefulset/gone": 1}
    missing = [
        "the deployment server has 1 of 2 pods available",
        "the deployment starting has 0 of 1 pods available",
        "the deployment gone has 0 of 1 pods available",
    ]
    assert kubernetes_state(there, "unavailable", wanted, kind="Deployment") == missing
    gone = "the stateful set gone has 0 of 1 pods available"
    assert kubernetes_state([], "unavailable", wanted, kind="StatefulSet") == [gone]
    assert kubernetes_state(there, "unavailable", wanted) == [*missing, gone]


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ({"readyReplicas": 2, "updatedReplicas": 2}, 2),  # a cluster before 1.22
        ({"readyReplicas": 2, "availableReplicas": 1, "updatedReplicas": 2}, 1),
        (
            {"readyReplicas": 2, "availableReplicas": 2, "updatedReplicas": 1},
            1,
        ),  # the others are of the old template
        ({"readyReplicas": 2, "availableReplicas": 2}, 0),
        (
            {"readyReplicas": 2, "updatedReplicas": 2, "observedGeneration": 2},
            0,
        ),  # the controller has not looked yet
    ],
)
def test_only_pods_of_the_present_template_count(status: dict[str, int], counts: int) -> None:
    one = {"kind": "StatefulSet", **deployment(**status)}
    assert kubernetes_state([one], "unavailable", {"statefulset/server": 3}) == [
        f"the stateful set server has {counts} of 3 pods available"
    ]


def test_a_stateful_set_is_told_from_the_deployment_of_its_name() -> None:
    both = [{"kind": kind, **deployment()} for kind in ("Deployment", "StatefulSet")]
    assert kubernetes_state(both, "names") == ["server", "statefulset/server"]
    assert kubernetes_state(both, "named", ["statefulset/server"]) == both[1:]
    assert kubernetes_state(both[1:], "unscaled") == []
    moving = [{"kind": "StatefulSet", **deployment(replicas=1)}]
    assert kubernetes_state(moving, "unscaled") == [
        "the stateful set server, which its controller has not scaled"
    ]


@pytest.mark.parametrize(
    ("value", "question"),
    [
        ([], "anything"),
        ({}, "selectors"),
        ([{"status": {}}], "unscaled"),
        ({"spec": {"selector": {"matchExpressions": [{"key": "a", "operator": "Near"}]}}}, "selectors"),
    ],
)
def test_what_no_api_sends_is_an_error_and_no_silence(value: Any, question: str) -> None:
    with pytest.raises(AnsibleFilterError, match="kubernetes_state"):
        kubernetes_state(value, question)


SPACES = '{"data": {"spaces": [{"id": "7f", "live": true}], "me": null}}'


def answer(got: int | None = 200, content: str = "", **check: Any) -> dict[str, Any]:
    return {"item": {"name": "server", "url": "https://x", **check}, "status": got, "content": content}


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (answer(), None),
        (answer(204, status=[200, 204]), None),
        (answer(content='{"ok": true}', contains='"ok": ?true'), None),
        (answer(502), "server at https://x answers 502"),
        (answer(-1), "server at https://x answers -1"),
        (answer(None), "server at https://x answers nothing"),
        (
            answer(content="down", contains="up"),
            "server at https://x answers 200, without what it must contain",
        ),
        (answer(500, "up", contains="up"), "server at https://x answers 500"),
        (answer(502, service="alkemio"), "alkemio: server at https://x answers 502"),
        (
            answer(content='{"errors": [{"message": "no"}], "data": null}'),
            "server at https://x answers 200 with errors in it",
        ),
        (answer(content='{"errors": []}'), None),
        (answer(content=SPACES, json=[{"path": "data.spaces.0.id"}]), None),
        (answer(content=SPACES, json=[{"path": "data.spaces.0.id", "equals": "7f"}]), None),
        (answer(content=SPACES, json=[{"path": "data.spaces.0.live", "equals": "true"}]), None),
        (answer(content=SPACES, json=[{"path": "data.spaces.0.live", "equals": True}]), None),
        (
            answer(content=SPACES, json=[{"path": "data.spaces.1.id"}]),
            "server at https://x answers 200, without data.spaces.1.id",
        ),
        (
            answer(content=SPACES, json=[{"path": "data.spaces.id"}]),
            "server at https://x answers 200, without data.spaces.id",
        ),
        (
            answer(content=SPACES, json=[{"path": "data.me"}]),
            "server at https://x answers 200, with nothing in data.me",
        ),
        (
            answer(content=SPACES, json=[{"path": "data.spaces.0.id", "equals": "8"}]),
            "server at https://x answers 200, with something else in data.spaces.0.id",
        ),
        (
            answer(content="<html>", json=[{"path": "data"}]),
            "server at https://x answers 200, which is no JSON",
        ),
    ],
)
def test_a_check_is_judged_by_status_and_content(result: dict[str, Any], says: str | None) -> None:
    assert smoke_failures([result]) == ([says] if says else [])


def test_files_keep_their_order_and_kind() -> None:
    paths = {"compose": ["a.yml", "b.yml"], "kratos": [], "environment": [".env"]}
    assert configuration_files(paths, "/srv") == [
        {"path": "/srv/a.yml", "kind": "compose"},
        {"path": "/srv/b.yml", "kind": "compose"},
        {"path": "/srv/.env", "kind": "environment"},
    ]


def file(text: str) -> dict[str, str]:
    return {"content": base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize("kind", ["kind: Secret", '"kind": "Secret"', "kind:   'Secret'"])
def test_what_is_said_of_a_secret_is_not_told(kind: str) -> None:
    refused = {"item": "a.yml", "failed": True, "stdout": "bad value hunter2"}
    found = manifest_refusals([refused], [file(f"apiVersion: v1\n{kind}\n")])
    assert found == ["a.yml (it holds a Secret: run the command by hand to see why)"]


def test_what_is_said_of_others_is_told_and_what_passed_is_left_out() -> None:
    results: list[dict[str, Any]] = [
        {"item": "good.yml", "stdout": "fine"},
        {"item": "a.yml", "failed": True, "stdout": "", "stderr": "line 3"},
        {"item": "b.yml", "failed": True, "msg": "no such command"},
    ]
    told = manifest_refusals(results, [file("kind: Deployment\n"), file("kind: SecretStore\n")])
    assert told == ["a.yml: line 3", "b.yml: no such command"]


def test_no_role_and_no_playbook_holds_a_program_in_jinja() -> None:
    files = [file for part in ("roles", "playbooks") for file in (ROOT / part).rglob("*.yml")]
    assert [str(file.relative_to(ROOT)) for file in files if "{%" in file.read_text("utf-8")] == []


def test_schemas_of_a_target_database_are_each_named_once_in_order() -> None:
    databases = [
        {"name": "shop", "target": "company", "schema": "shop"},
        {"name": "kratos"},
        {"name": "wiki", "target": "company", "schema": ""},
        {"name": "old", "target": "company", "schema": "shop"},
    ]
    assert target_schemas(databases, "public") == {"company": ["shop", "public"], "kratos": ["public"]}
    assert target_schemas([], "public") == {}


@pytest.mark.parametrize(
    ("images", "release"),
    [
        ({"app": "r:5000/shop:1.9", "job": "r:5000/shop:1.9"}, "1.9"),
        ({"app": "r:5000/shop:1.9", "job": "r:5000/shop:2.0"}, "app: r:5000/shop:1.9, job: r:5000/shop:2.0"),
        (
            {"app": "r:5000/shop:1.9", "job": "r:5000/other:1.9"},
            "app: r:5000/shop:1.9, job: r:5000/other:1.9",
        ),
        ({"app": "r:5000/shop", "job": "r:5000/shop"}, "app: r:5000/shop, job: r:5000/shop"),
        ({"app": "r:5000/shop:1.9"}, "app: r:5000/shop:1.9, job: no image"),
    ],
)
def test_the_release_of_a_project_is_the_tag_that_all_its_services_have(
    images: dict[str, str], release: str
) -> None:
    config = json.dumps({"services": {name: {"image": image} for name, image in images.items()}})
    assert compose_release(config, ["app", "job"], "r:5000/shop") == release
    assert compose_release("{}", ["app"], "shop") == "app: no image"


class Tagged(str):
    """Text as Ansible gives it: of a class of its own."""


def test_an_override_is_replaced_only_where_it_sets_nothing_but_these_images() -> None:
    new = release_override("# ours\nservices: {app: {image: shop:1}}", ["app", "job"], "shop", "2")
    assert new == "services:\n  app:\n    image: shop:2\n  job:\n    image: shop:2\n"
    assert release_override(new, ["app", "job"], "shop", "2") == new
    tagged = Tagged("app"), Tagged("job")
    assert release_override(new, tagged, Tagged("shop"), Tagged("2")) == new
    for content, says in (
        ("services: {app: {image: shop:1, ports: []}}", "more of the service app than its image"),
        ("services: {web: {image: shop:1}}", "sets the service web"),
        ("services: {app: {image: shop:1}}\nvolumes: {}", "services and nothing else"),
        ("", "services and nothing else"),
        ("services: []", "services and nothing else"),
        ("a: [", "is no YAML"),
    ):
        with pytest.raises(AnsibleFilterError, match=says):
            release_override(content, ["app"], "shop", "2")


def test_images_are_needed_where_a_release_has_one() -> None:
    services: list[dict[str, Any]] = [
        {"name": "a", "release": {"source": "1", "target": "2", "image": "shop"}},
        {"name": "b", "host": "far", "release": {"source": "1", "target": "2", "image": "x/y"}},
        {"name": "c", "release": {"source": "1", "target": "2", "status": ["x"]}},
        {"name": "d", "release": None},
        {"name": "e"},
    ]
    assert release_images(services, "here") == [
        {"name": "a", "host": "here", "images": ["shop:1", "shop:2"]},
        {"name": "b", "host": "far", "images": ["x/y:1", "x/y:2"]},
    ]


WRITE: dict[str, Any] = {
    "name": "a space",
    "service": "server",
    "url": "https://x/<token>",
    "body": {"query": "mutation { <token> }", "deep": [{"name": "<token>"}, 7]},
    "arrives": {"database": "alkemio", "question": "SELECT count(*) FROM space WHERE name = '<token>'"},
}


def test_checks_that_write_are_apart_and_bear_the_token() -> None:
    read = {"name": "spaces", "url": "https://x"}
    assert smoke_checks([read, WRITE], "t1") == [read]
    (found,) = smoke_checks([read, WRITE], "t1", writes=True)
    assert found["url"] == "https://x/t1"
    assert found["body"] == {"query": "mutation { t1 }", "deep": [{"name": "t1"}, 7]}
    assert found["arrives"]["question"].endswith("'t1'")


@pytest.mark.parametrize(
    ("before", "request_", "after", "says"),
    [
        ({"answer": False}, {"status": 200}, {"answer": True}, None),
        (
            {"answer": False},
            {"status": 200},
            {"answer": False},
            "answers as it should, and what it wrote is not in alkemio",
        ),
        (
            {"answer": True},
            {"skipped": True},
            {"skipped": True},
            "proves nothing, since its question is answered",
        ),
        (
            {"failed": True, "msg": "no such table"},
            {"skipped": True},
            {"skipped": True},
            "cannot be asked: no such table",
        ),
        ({"answer": False}, {"status": 500}, {"skipped": True}, "answers 500"),
        ({"answer": False}, {"status": 200}, {"failed": True, "msg": "gone"}, "cannot be asked: gone"),
        ({"answer": False}, {"status": -1}, {"skipped": True}, "answers -1"),
    ],
)
def test_a_write_is_one_that_postgresql_shows_and_did_not_before(
    before: dict[str, Any], request_: dict[str, Any], after: dict[str, Any], says: str | None
) -> None:
    found = smoke_write_failures(WRITE, before, request_, after)
    assert len(found) == (says is not None)
    if says is not None:
        assert found[0].startswith("server: a space at https://x/")
        assert says in found[0]


def test_what_was_proved_is_joined_by_service_and_what_was_not_is_named() -> None:
    sessions = [
        {"name": "server", "proved": ["1 session"], "not_proved": [], "failed": []},
        {"name": "kratos", "proved": [], "not_proved": ["not asked"], "failed": []},
    ]
    checks: list[dict[str, Any]] = [{"name": "spaces", "service": "server"}, WRITE, {"name": "page"}]
    found = cutover_findings(sessions, checks, ["server", "files"], ["a space"])
    assert [one["name"] for one in found] == ["server", "kratos", "files", "the application"]
    server, kratos, files, whole = found
    assert server["proved"] == [
        "1 session",
        "answers as it should (spaces)",
        "what it wrote is in PostgreSQL (a space)",
    ]
    assert (server["not_proved"], server["works"], kratos["works"]) == ([], True, False)
    assert files["not_proved"][0] == "its sessions, since cutover_services does not name it"
    assert whole["proved"] == ["answers as it should (page)"]
    unwritten = cutover_findings(sessions[:1], checks[:2], unwritten="since nobody wanted it")[0]
    assert unwritten["not_proved"] == ["a write, since nobody wanted it"]
    assert cutover_findings([], []) == []
