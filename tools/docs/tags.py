# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/tags.md: every playbook with its phases, from the playbooks themselves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tools.docs.proofs import cell

PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"
# In the order in which an operator meets them
ORDER = (
    "inventory_check",
    "provision",
    "prepare_target",
    "baseline",
    "preflight",
    "rehearse",
    "rehearse_copy",
    "migrate",
    "verify",
    "cutover",
    "abort",
    "rollback",
    "reset",
    "cleanup",
    "remove_copy",
)
_HEAD = """\
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Made by "python -m tools.docs" from playbooks/. Do not edit. -->

# Playbooks, phases and tags

A phase is a play with one tag of its own. It asks the run directory and the servers for what it needs, so it can run
alone and again:

```sh
ansible-playbook alkemio.convergence.migrate -i <inventory> --tags dump
```

A tag that a playbook does not know stops it with the list of those it knows, and so does a `--limit` that leaves out a
host of the plan. A phase that comes too early says which one has to run first. The tasks are those of the playbook; the
role's own come to it.
"""


def render() -> str:
    """The whole page; raises ValueError: a playbook is missing from `ORDER`."""
    there = {file.stem for file in PLAYBOOKS.glob("*.yml")}
    if there != set(ORDER):
        raise ValueError(
            f"tools/docs/tags.py does not order the playbooks that there are: {there ^ set(ORDER)}"
        )
    return "\n".join([_HEAD, *(_section(name) for name in ORDER)])


def pairs() -> list[tuple[str, str]]:
    """Every playbook with every tag of its own, in the page's order; those of an imported playbook are that one's."""
    found = []
    for name in ORDER:
        for play in yaml.safe_load((PLAYBOOKS / f"{name}.yml").read_text("utf-8")):
            if play["name"].startswith("("):
                found += [(name, tag) for tag in play["tags"]]
    return list(dict.fromkeys(found))


def _section(name: str) -> str:
    text = (PLAYBOOKS / f"{name}.yml").read_text("utf-8")
    rows = ["| tag | on | tasks | by |", "| --- | --- | --- | --- |"]
    for play in yaml.safe_load(text):
        if play["name"].startswith("("):
            rows.append(_row(play))
        elif "ansible.builtin.import_playbook" in play:
            other = Path(play["ansible.builtin.import_playbook"]).stem
            rows.append(f"| those of `{other}` | | {cell(play['name'])} | playbook `{other}` |")
    return "\n".join([f"## {name}", "", _comment(text), "", *rows, ""])


def _comment(text: str) -> str:
    """The playbook's own words about itself, without the command line."""
    lines = re.findall(r"^# (?!SPDX)(.*)$", text.partition("\n- name")[0], re.M)
    told = re.sub(
        r":? *ansible-playbook alkemio\.convergence\.\S+ -i <inventory>(?: -e \S+)?", ".", " ".join(lines)
    )
    return re.sub(r"\.\s*\.", ".", told).replace(" .", ".")


def _row(play: dict[str, Any]) -> str:
    """One play; the checks of its turn are said above the tables."""
    inner = [one for task in play["tasks"] for one in task.get("block", [task])]
    tasks = [task for task in inner if "tasks/" not in str(task.get("ansible.builtin.import_tasks", ""))]
    does = "; ".join(task["name"] for task in tasks)
    by = ", ".join(dict.fromkeys(word for task in tasks for word in _roles(task)))
    (tag,) = play["tags"]
    return f"| `{tag}` | `{play['hosts']}` | {cell(does)} | {by} |"


def _roles(task: dict[str, Any]) -> list[str]:
    """Role and entry point of a task, and of those in its blocks."""
    found = []
    for key in ("ansible.builtin.import_role", "ansible.builtin.include_role"):
        if key in task:
            role = task[key]["name"].rpartition(".")[2]
            found.append(f"[{role}](../roles/{role}/README.md) `{task[key].get('tasks_from', 'main')}`")
    return found + [word for inner in task.get("block", []) for word in _roles(inner)]


__all__ = ("ORDER", "pairs", "render")
