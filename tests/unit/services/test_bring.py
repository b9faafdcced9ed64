# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that are real commands: files that say whether they run, and a log of who did what when."""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError, ServiceFailed
from ansible_collections.alkemio.convergence.plugins.module_utils._services.bring import (
    ServicesOutcome,
    State,
    bring,
    services_of,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._services.health import Health
from ansible_collections.alkemio.convergence.plugins.module_utils._services.http import getter

GRACE = 0.4


class Host:
    """A folder in which each service has a file while it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.retries = 2

    def service(self, name: str, *, runs: bool = True, **keys: Any) -> dict[str, Any]:
        file, log = self.folder / name, self.folder / "log"
        if runs:
            file.touch()
        note = f"echo $(date +%s.%N) {name}"
        slow = f"{note} begins >> {log}; sleep {GRACE}; {note} ends >> {log}"
        return {
            "name": name,
            "driver": "command",
            "stop": ["sh", "-ec", f"{slow}; rm {file}"],
            "start": ["sh", "-ec", f"{slow}; touch {file}"],
            "status": ["test", "-e", str(file)],
            **keys,
        }

    def bring(self, state: State | None, *services: dict[str, Any], check: bool = False) -> ServicesOutcome:
        def health(name: str, url: str) -> Health:
            return Health(name, url, getter(validate_certs=True), self.retries, 0.1)

        return bring(services_of(services, ["docker"], health), state, check=check)

    def runs(self, *names: str) -> list[str]:
        return [name for name in names if (self.folder / name).exists()]

    def events(self) -> list[tuple[float, str]]:
        lines = (self.folder / "log").read_text("utf-8").splitlines()
        found = [line.split(" ", 1) for line in lines]
        return [(float(when), what) for when, what in found]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_only_asks_without_a_state(host: Host) -> None:
    found = host.bring(None, host.service("a"), host.service("b", runs=False))
    assert found.as_result() == {"changed": False, "running": {"a": "a", "b": ""}, "done": []}
    assert host.runs("a", "b") == ["a"]


def test_stops_in_order_and_starts_in_reverse(host: Host) -> None:
    services = [host.service(name) for name in "abc"]
    assert host.bring("stopped", *services).done == ["a", "b", "c"]
    assert host.runs("a", "b", "c") == []
    assert host.bring("stopped", *services).as_result()["changed"] is False
    assert host.bring("started", *services).done == ["c", "b", "a"]
    assert host.runs("a", "b", "c") == ["a", "b", "c"]
    assert host.bring("started", *services).as_result()["changed"] is False
    assert [what for _, what in host.events()] == [
        f"{name} {moment}" for name in "abccba" for moment in ("begins", "ends")
    ]


def test_what_goes_together_overlaps(host: Host) -> None:
    services = [host.service("a"), host.service("b", together=True), host.service("c")]
    host.bring("stopped", *services)
    events = [what for _, what in host.events()]
    assert {*events[:2]} == {"a begins", "b begins"}
    assert events[4:] == ["c begins", "c ends"]


def test_a_check_touches_nothing(host: Host) -> None:
    services = [host.service("a"), host.service("b", runs=False)]
    assert host.bring("stopped", *services, check=True).done == ["a"]
    assert host.bring("started", *services, check=True).done == ["b"]
    assert host.runs("a", "b") == ["a"]
    assert not (host.folder / "log").exists()


def test_one_that_does_not_stop_ends_it_and_those_after_it_run_on(host: Host) -> None:
    stubborn = host.service("b") | {"stop": ["true"]}
    with pytest.raises(ServiceFailed) as caught:
        host.bring("stopped", host.service("a"), stubborn, host.service("c"))
    assert str(caught.value).startswith("b still runs after its stop (b). Find out what starts it")
    assert host.runs("a", "b", "c") == ["b", "c"]


def test_all_failures_of_a_group_are_told(host: Host) -> None:
    broken = {"stop": ["sh", "-c", "echo no such session >&2; exit 3"]}
    services = [host.service("a") | broken, host.service("b", together=True) | broken]
    with pytest.raises(ServiceFailed) as caught:
        host.bring("stopped", *services)
    for name in "ab":
        assert (
            f"The stop command of {name} (sh -c echo no such session >&2; exit 3) ended with 3: no such session"
            in str(caught.value)
        )


def test_a_command_that_does_not_end_is_broken_off_with_what_it_started(host: Host) -> None:
    late = host.folder / "late"
    stop = ["sh", "-c", f"(sleep 2; touch {late}) & wait"]
    with pytest.raises(
        ServiceFailed, match=r"had not ended after 1 seconds and was broken off. Raise the timeout"
    ):
        host.bring("stopped", host.service("a", timeout=1) | {"stop": stop})
    time.sleep(1.5)
    assert not late.exists()


def test_a_start_that_leaves_a_child_behind_ends_with_its_command(host: Host) -> None:
    """The child holds the command's output open, as a daemon that was started by hand does."""
    file = str(host.folder / "a")
    daemon = f"import subprocess, pathlib; subprocess.Popen(['sleep', '5']); pathlib.Path({file!r}).touch()"
    service = host.service("a", runs=False) | {"start": [sys.executable, "-c", daemon]}
    began = time.monotonic()
    assert host.bring("started", service).done == ["a"]
    assert time.monotonic() - began < 4


def test_what_cannot_be_run_is_named(host: Host) -> None:
    with pytest.raises(
        ServiceFailed, match=r"The status command of a .*/nowhere.* does not run: No such file"
    ):
        host.bring(None, host.service("a") | {"status": [str(host.folder / "nowhere")]})


@pytest.mark.parametrize(
    ("keys", "lacks"),
    [
        ({"driver": "command", "stop": ["x"]}, "start, status"),
        ({"driver": "systemd"}, "unit"),
        ({"driver": "docker_compose"}, "directory, services"),
    ],
)
def test_a_service_that_is_not_said_in_full_is_refused(host: Host, keys: dict[str, Any], lacks: str) -> None:
    with pytest.raises(
        InputError, match=f"a in service_downtime_services has the driver .* and lacks {lacks}"
    ):
        host.bring(None, {"name": "a", **keys})


class _Address:
    """Answers with one status after another, the last one for ever."""

    def __init__(self, *statuses: int) -> None:
        waiting = [*statuses]

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(waiting.pop(0) if len(waiting) > 1 else waiting[0])
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing of it is told."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}/health"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def test_waits_until_the_address_answers_with_200(host: Host) -> None:
    address = _Address(503, 204, 200)
    assert host.bring("started", host.service("a", runs=False, health=address.url)).done == ["a"]
    address.server.shutdown()


def test_an_address_that_never_does_is_named_with_what_it_said(host: Host) -> None:
    address = _Address(503)
    with pytest.raises(ServiceFailed) as caught:
        host.bring("started", host.service("a", runs=False, health=address.url))
    assert (
        f"a was started and is not healthy: {address.url} answers 503 instead of 200, asked 3 times"
        in str(caught.value)
    )
    address.server.shutdown()
    address.server.server_close()
    with pytest.raises(ServiceFailed, match=r"does not answer .*Connection refused"):
        host.bring("started", host.service("a", health=address.url))


DOCKER = """\
#!{python}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
words = sys.argv[1:]
with open(here / "words", "a") as file:
    file.write(json.dumps(words) + "\\n")
state = json.loads((here / "state").read_text())
if "ps" in words and "--services" in words:
    print("\\n".join(state["running"]))
elif "ps" in words:
    print("\\n".join("id-" + name for name in state["running"]))
elif "config" in words:
    print("\\n".join(name + " " + hash for name, hash in state["wanted"].items()))
elif words[0] == "inspect":
    print("\\n".join(name + " " + hash for name, hash in state["made"].items() if "id-" + name in words))
"""


@pytest.mark.parametrize(
    ("state", "starts"),
    [
        ({"running": ["web", "job"], "wanted": {"web": "1"}, "made": {"web": "1"}}, False),
        ({"running": ["web"], "wanted": {"web": "2"}, "made": {"web": "1"}}, True),
        ({"running": ["web"], "wanted": {"web": "1"}, "made": {"web": "1 starting"}}, True),
        ({"running": [], "wanted": {"web": "1"}, "made": {}}, True),
    ],
    ids=["as configured", "another configuration", "not healthy yet", "not there"],
)
def test_compose_starts_what_does_not_run_as_configured(
    host: Host, state: dict[str, Any], starts: bool
) -> None:
    """With a stand-in for docker, which notes its words; the real one is asked in the environment of containers."""
    docker = host.folder / "docker"
    docker.write_text(DOCKER.format(python=sys.executable), "utf-8")
    docker.chmod(0o755)
    (host.folder / "state").write_text(json.dumps(state), "utf-8")
    entry = {
        "name": "shop",
        "driver": "docker_compose",
        "directory": str(host.folder),
        "files": ["a.yml"],
        "services": ["web"],
        "timeout": 7,
    }

    def health(name: str, url: str) -> Health:
        raise AssertionError(name, url)

    outcome = bring(services_of([entry], [str(docker)], health), "started", check=False)
    assert outcome.running == {"shop": "web" if "web" in state["running"] else ""}
    assert outcome.done == (["shop"] if starts else [])
    words = [json.loads(line) for line in (host.folder / "words").read_text("utf-8").splitlines()]
    ups = [line[line.index("up") :] for line in words if "up" in line]
    up = ["up", "--detach", "--pull", "never", "--wait", "--wait-timeout", "7", "web"]
    assert ups == ([up] if starts else [])
