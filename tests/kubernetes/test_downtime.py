# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments and cron jobs stop and start again as they were, or the run ends and says what does not."""

from __future__ import annotations

import re

import pytest

from tests.kubernetes.cluster import NEVER_END, NEVER_READY
from tests.kubernetes.conftest import NAMESPACE, Shop


def test_what_ran_stops_and_starts_again(shop: Shop) -> None:
    shop.deploy("server", 3)
    shop.deploy("spare", 0)
    shop.deploy("server", 2, kind="statefulsets")
    shop.schedule("migration")
    shop.schedule("asleep", True)
    named = {
        "deployments": ["server", "spare"],
        "statefulsets": ["server"],
        "cronjobs": ["migration", "asleep"],
    }
    service = shop.service("server", **named)
    shop.run_job("migration-by-hand", "migration", "npm", "run", "migration:run")
    shop.cluster.writes.clear()
    with shop.ending_once_suspended("migration-by-hand", "migration"):
        stopped = shop.role("stop", service)
    assert stopped.status == 0, stopped.output
    assert shop.pods() == []
    assert shop.cluster.writes == [
        "patch cronjobs migration",
        "patch deployments/scale server",
        "patch statefulsets/scale server",
    ]
    assert shop.record["server"] == {
        "state": "stopped",
        "ran": "server, statefulset/server, migration, job/migration-by-hand",
        "replicas": {"server": 3, "spare": 0, "statefulset/server": 2},
        "suspended": {"migration": False, "asleep": True},
    }

    before = len(shop.cluster.writes)
    foreseen = shop.role("start", service, arguments=("--check",))
    assert foreseen.status == 0, foreseen.output
    assert foreseen.changed > 0
    assert len(shop.cluster.writes) == before

    started = shop.role("start", service)
    assert started.status == 0, started.output
    assert [shop.spec("deployments", name)["replicas"] for name in named["deployments"]] == [3, 0]
    assert shop.spec("statefulsets", "server")["replicas"] == 2
    assert [shop.spec("cronjobs", name)["suspend"] for name in named["cronjobs"]] == [False, True]
    assert shop.cluster.get(("deployments", NAMESPACE, "server"))["status"]["availableReplicas"] == 3
    again = shop.role("start", service)
    assert (again.status, again.changed) == (0, 0), again.output
    assert len(shop.cluster.writes) == before + 3


def test_pods_and_jobs_that_do_not_end_stop_everything(shop: Shop) -> None:
    """The deployment has counted the pods out, and its cron job is suspended; both still write."""
    shop.deploy("server", 2, NEVER_END)
    shop.deploy("identity")
    shop.deploy("queue", 1, NEVER_END, kind="statefulsets")
    shop.schedule("migration")
    shop.run_job("migration-by-hand", "migration", "npm", "run", "migration:run")
    shop.schedule("another")
    shop.run_job("foreign", "another", "npm", "start")
    run = shop.play(
        "migrate",
        shop.service(
            "server", deployments=["server"], statefulsets=["queue"], cronjobs=["migration"], timeout=1
        ),
        shop.service("kratos", deployments=["identity"]),
        arguments=("--tags", "stop,freeze"),
    )
    assert run.status != 0
    said = re.search(
        r"after 1 seconds .* shop still has the deployment server \(pods (.*)\) and the stateful set queue "
        r"\(pods (.*)\) and (\S*)\. ",
        run.message,
    )
    assert said, run.message
    assert said[1].split(", ") == [pod for pod in shop.pods() if pod.startswith("server")]
    assert said[2].split(", ") == [pod for pod in shop.pods() if pod.startswith("queue")]
    assert said[3] == "job/migration-by-hand"
    assert "replicas" not in shop.cluster.get(("deployments", NAMESPACE, "server"))["status"]
    assert shop.spec("cronjobs", "migration")["suspend"] is True
    # Nothing later was touched, and what ran before is known of all.
    assert run.plays[-1] == "(5/9) stop"
    assert shop.spec("deployments", "identity")["replicas"] == 1
    assert sorted(shop.record) == ["kratos", "server"]


@pytest.mark.long
def test_a_deployment_that_does_not_become_available_is_named(shop: Shop) -> None:
    shop.deploy("server", 0, NEVER_READY)
    service = shop.service("server", deployments=["server"], timeout=1)
    before = {"state": "stopped", "ran": "server", "replicas": {"server": 2}, "suspended": {}}
    shop.write_down({"server": before})
    run = shop.role("start", service)
    assert run.status != 0
    assert "in the namespace shop, the deployment server has 0 of 2 pods available. Look" in run.message
    assert shop.record["server"]["state"] == "stopped"
    # The second run finds it scaled, and waits all the same.
    assert "has 0 of 2 pods available" in shop.role("start", service).message


@pytest.mark.long
def test_a_stateful_set_that_does_not_become_available_is_named(shop: Shop) -> None:
    shop.deploy("queue", 0, NEVER_READY, kind="statefulsets")
    service = shop.service("queue", statefulsets=["queue"], timeout=1)
    replicas = {"statefulset/queue": 2}
    shop.write_down({"queue": {"state": "stopped", "ran": "queue", "replicas": replicas, "suspended": {}}})
    run = shop.role("start", service)
    assert "in the namespace shop, the stateful set queue has 0 of 2 pods available. Look" in run.message


def test_what_is_not_there_is_named(shop: Shop) -> None:
    shop.deploy("server")
    shop.cluster.writes.clear()
    run = shop.role("stop", shop.service("server", deployments=["server", "sever"], cronjobs=["migraton"]))
    assert "server: the namespace shop has no sever, migraton. Check" in run.message
    assert shop.cluster.writes == []
    assert "names no namespace, or none of" in shop.role("stop", shop.service("server")).message


@pytest.mark.long
def test_an_account_without_the_right_is_told_so(shop: Shop) -> None:
    shop.deploy("server")
    service = shop.service("server", deployments=["server"])
    shop.cluster.forbidden = {("patch", "deployments/scale")}
    run = shop.role("stop", service)
    assert run.status != 0
    assert 'cannot patch resource \\"deployments/scale\\"' in run.message, run.message
    assert shop.spec("deployments", "server")["replicas"] == 1
    stranger = shop.role("stop", service | {"context": "stranger"})
    assert "Unauthorized" in stranger.message, stranger.output


@pytest.mark.long
def test_status_names_what_runs(shop: Shop) -> None:
    """What the objects leave out is what an API server would have filled in: one pod, not suspended."""
    shop.deploy("server", None)
    shop.deploy("spare", 0)
    shop.schedule("plain", None)
    shop.schedule("asleep", True)
    service = shop.service("server", deployments=["server", "spare"], cronjobs=["plain", "asleep"])
    run = shop.role("status", service)
    assert (run.status, run.changed) == (0, 0), run.output
    assert '"server": "server, plain"' in run.output
