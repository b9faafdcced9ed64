# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are compose files, and which of them docker compose reads together."""

from __future__ import annotations

import pytest
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.compose_project import (
    Project,
    is_compose,
)

WEB = "services:\n  web:\n    image: web\n"


@pytest.mark.parametrize(
    "text",
    [
        WEB,
        "version: '3'\nx-log: &log {driver: local}\n" + WEB,
        "include:\n  - other.yml\n",
        "include: [{path: [a.yml, b.yml]}]\n",
        "name: p\nservices:\n  web:\n    extends: {file: base.yml, service: web}\n",
        "services:\n  web:\n    volumes:\n      - ./a:/a\nvolumes:\n  b:\n",
    ],
)
def test_a_compose_file_is_known_by_what_it_holds(text: str) -> None:
    assert is_compose(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "services: 3\n",
        "services:\n  - web\n",
        "services:\n  web: on\n",
        "include: other.yml\nstages: [test]\n",
        "jobs:\n  a:\n    services:\n      db:\n        image: mysql\n",
        "http:\n  services:\n    a: {}\n",
        "services:\n  {{ .Values.name }}:\n",
        "# services:\n",
    ],
)
def test_other_files_are_not(text: str) -> None:
    assert not is_compose(text)


def test_each_complete_file_is_a_stack_of_its_own() -> None:
    assert Project({"a.yml": WEB, "b.yml": WEB}).stacks() == [["a.yml"], ["b.yml"]]


def test_an_overlay_is_read_on_what_it_lies_on_and_an_included_file_with_what_includes_it() -> None:
    files = {
        "a.yml": "services:\n  web:\n    image: web\n  db:\n    image: postgres\nnetworks:\n  inside:\n",
        "all.yml": "include:\n  - a.yml\n  - path: overlays/more.yml\n",
        "overlays/more.yml": "services:\n  job:\n    image: job\n    depends_on: {db: {condition: service_healthy}}\n",
        "overlays/debug.yml": "services:\n  web:\n    ports: ['1:1']\n",
        "lost.yml": "services:\n  nobody:\n    ports: ['1:1']\n",
    }
    project = Project(files)
    assert project.stacks() == [
        ["a.yml"],
        ["all.yml"],
        ["a.yml", "overlays/debug.yml"],
    ]
    assert project.apart() == ["lost.yml"]
    assert project.others("overlays/debug.yml") == set(files) - {"overlays/debug.yml", "lost.yml"}
    assert project.others("lost.yml") == set()


def test_a_file_that_extends_another_is_read_alone_and_belongs_to_that() -> None:
    files = {
        "a.yml": WEB,
        "sub/b.yml": "services:\n  web:\n    extends:\n      file: ../a.yml\n      service: web\n",
    }
    project = Project(files)
    assert project.stacks() == [["a.yml"], ["sub/b.yml"]]
    assert project.others("sub/b.yml") == {"a.yml"}
