# SPDX-License-Identifier: GPL-3.0-or-later
"""A real compose project is stopped, migrated, cut over and rolled back by the playbooks alone."""

from __future__ import annotations

from tests.containers.conftest import Project
from tests.environment.test_downtime import sells, stands_still


def test_a_compose_project_goes_over_and_back(project: Project) -> None:
    foreign = project.foreign()
    assert sells(project)
    moved = project.play("migrate")
    assert moved.status == 0, moved.output
    assert not any(project.runs(writer) for writer in ("server", "collaboration"))
    assert stands_still(project)
    assert project.sales() == project.sales(project.target)
    again = project.play("migrate")
    assert (again.status, again.changed) == (0, 0), again.output

    done = project.play("cutover", cutover_decision="go")
    assert done.status == 0, done.output
    assert sells(project, project.target)
    assert stands_still(project)
    again = project.play("cutover")
    assert (again.status, again.changed) == (0, 0), again.output

    back = project.play("rollback", cutover_accept_loss=True)
    assert back.status == 0, back.output
    assert sells(project)
    assert stands_still(project, project.target)
    again = project.play("rollback", cutover_accept_loss=True)
    assert (again.status, again.changed) == (0, 0), again.output
    assert project.foreign() == foreign


def test_an_abort_starts_the_project_on_its_source_again(project: Project) -> None:
    assert project.play("migrate").status == 0
    aborted = project.play("abort")
    assert aborted.status == 0, aborted.output
    assert "The abort took" in aborted.output
    assert sells(project)
