# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

DOCUMENTATION = r"""
name: python_refusal
short_description: Why a Python cannot make an environment, in one sentence, and what to do
version_added: 1.0.0
author:
  - Alkemio BV (@alkem-io)
description:
  - Tells apart a command that is not there or does not run, a Python that is too old, and one without C(venv).
  - What the interpreter said itself is part of the sentence.
positional: _input, python, host
options:
  _input:
    description: Result of the module C(ansible.builtin.command), which printed the version and then imported C(venv).
    type: dict
    required: true
  python:
    description: The command, as V(migration_python) names it.
    type: str
    required: true
  host:
    description: Name of the host it ran on.
    type: str
    required: true
"""

EXAMPLES = r"""
why: "{{ asked | alkemio.convergence.python_refusal('python3', inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: The sentence.
  type: str
  sample: "python3 on mover is Python 3.9. It must be Python 3.10 or later: name another one in migration_python."
"""

OLDEST: t.Final = (3, 10)


def python_refusal(asked: t.Mapping[str, t.Any], python: str, host: str) -> str:
    """The sentence."""
    if "module_stderr" in asked:
        return (
            f"The Python that Ansible itself found on {host} does not run: {_said(asked)}. Name one that does in "
            "ansible_python_interpreter, by its full path."
        )
    version = str(asked.get("stdout") or "").strip()
    what = f"{python} on {host} is Python {version}"
    said = _said(asked)
    if not version:
        return (
            f"{python} on {host} does not run{': ' if said else ''}{said}. Name a Python 3.10 or later in "
            "migration_python, by its full path."
        )
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        return f"{what}. It must be Python 3.10 or later: name another one in migration_python."
    if "ensurepip" in said or "venv" in said:
        return (
            f"{what} without venv ({said}). On Debian and Ubuntu install python3-venv, or name another Python in "
            "migration_python."
        )
    return (
        f"{what} and cannot make the environment: {said}. Mend it, or name another one in migration_python."
    )


def _said(asked: t.Mapping[str, t.Any]) -> str:
    """The end of what it wrote, else what Ansible says of its start."""
    texts = (str(asked.get(key) or "") for key in ("stderr", "module_stderr", "module_stdout", "msg"))
    text = next((one for one in texts if one.strip()), "")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    error = [line for line in lines[-1:] if line.startswith(("ModuleNotFoundError", "ImportError"))]
    return " ".join(error or lines[-3:]).rstrip(".")


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, t.Any]:
        return {"python_refusal": python_refusal}
