# SPDX-License-Identifier: GPL-3.0-or-later
"""A walk over the course: each step predicted, done, and done again; what is wrong comes back as sentences."""

from __future__ import annotations

from typing import Any

from tests.support.playbooks.ansible import Run
from tests.support.playbooks.course import Place, Step, none_runs


def before(place: Place, step: Step) -> list[str]:
    """Check mode at the beginning of the act: it says what is missing, or predicts, and changes nothing."""
    was = _looks(place)
    run = _play(place, step, "--check", "--diff")
    problems = []
    if step.missing and run.status == 0:
        problems.append(f"{step.name} --check succeeds where it must say: {step.missing}")
    elif step.missing and step.missing not in run.message:
        problems.append(f"{step.name} --check does not say: {step.missing}\n{run.output}")
    elif not step.missing:
        problems += _succeeded(f"{step.name} --check, with nothing missing,", run)
    return problems + _unchanged(f"{step.name} --check", was, _looks(place))


def walk(place: Place, step: Step) -> list[str]:
    """Predict it, do it, do it again."""
    problems = []
    for playbook, tags in step.after:
        ran = place.play(playbook, "--tags", tags, **step.variables)
        problems += _succeeded(f"{playbook} --tags {tags}", ran)
    was = _looks(place)
    if step.whole:
        all_of_it = place.play(step.playbook, "--check", "--diff", **step.variables)
        problems += _succeeded(f"{step.playbook} --check", all_of_it)
        problems += _unchanged(f"{step.playbook} --check", was, _looks(place))
    if step.did and step.did(place):
        problems.append(f"{step.name}: what it does holds before it runs")
    foreseen = _play(place, step, "--check", "--diff")
    problems += _succeeded(f"{step.name} --check", foreseen)
    problems += _unchanged(f"{step.name} --check", was, _looks(place))

    done = _play(place, step)
    problems += _succeeded(step.name, done)
    if step.did and not step.did(place):
        problems.append(f"{step.name}: succeeds and does not do what it says\n{done.output}")
    if step.says not in done.output:
        problems.append(f"{step.name}: does not say: {step.says}\n{done.output}")
    if (foreseen.changed > 0) != (done.changed > 0):
        told = f"{foreseen.changed} changes foreseen, {done.changed} made"
        problems.append(f"{step.name}: {told}\n{foreseen.output}\n{done.output}")

    again = _play(place, step)
    problems += _succeeded(f"{step.name}, again,", again)
    if again.changed:
        problems.append(f"{step.name}: changes something again\n{again.output}")
    return problems


def _play(place: Place, step: Step, *arguments: str) -> Run:
    return place.play(step.playbook, "--tags", step.tag, *arguments, **step.variables)


def _succeeded(what: str, run: Run) -> list[str]:
    return [f"{what} fails: {run.message}\n{run.output}"] if run.status else []


def _looks(place: Place) -> dict[str, Any]:
    """All that a check may not change. Rows are compared while nobody writes any."""
    return {
        "writers": [place.runs(writer) for writer in place.writers],
        "refuses": place.refuses(),
        "configured": place.configured(),
        "quickstart": place.quickstart(),
        "target databases": sorted(place.target_databases()),
        "target rows": place.sold("target") if place.configured() == "mysql" or none_runs(place) else None,
        "records": dict(place.records()),
        "copy": place.record("source-copy/server.log") is not None,
    }


def _unchanged(what: str, was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    return [f"{what} changes {part}: {was[part]} -> {now[part]}" for part in was if was[part] != now[part]]
