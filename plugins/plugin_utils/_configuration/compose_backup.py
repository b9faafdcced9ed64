# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Backup jobs: a service that runs a dump tool of MySQL becomes one that dumps both databases of PostgreSQL.

MySQL's backup set never held the database of Kratos; the new job writes it too.
"""

from __future__ import annotations

import re
import typing as t

from .problem import RewriteError
from .yaml_text import Node, YamlText, entries, find, is_mapping, is_sequence, quoted, scalars

if t.TYPE_CHECKING:
    from .compose_environment import Environment
    from .settings import Settings

DUMP_TOOL = re.compile(
    r"\b(?:mysqldump|mariadb-dump|mysqlpump|mysqlsh|xtrabackup|mariabackup|mariadb-backup)\b"
)
_WRITES_TO = re.compile(
    r"(?:>>?\s*|--result-file[= ]\s*|-r\s+|--target-dir[= ]\s*)[\"']?(?P<path>/[^\s\"';|&]+)"
)
_DEFAULT_IMAGE = "postgres:17"


def is_backup(service: Node) -> bool:
    """Whether a service runs a dump tool."""
    return any(DUMP_TOOL.search(one.value) for part in _commands(service) for one in scalars(part))


def rewrite_backup(
    file: YamlText, name: str, service: Node, environment: Environment, image: str | None, settings: Settings
) -> None:
    """Let the job dump PostgreSQL into the directory where it wrote before."""
    text = " ".join(one.value for part in _commands(service) for one in scalars(part))
    directory = settings.backup_directory or _directory(text, service)
    if not directory:
        raise RewriteError(
            f"{file.name}: it is not to be seen where the backup job '{name}' writes; give backup_directory, "
            "or name the job in removed_services and set up another one"
        )
    stamp = "-$$(date +%Y%m%dT%H%M%S)" if re.search(r"\bdate\b", text) else ""
    databases = " ".join(settings.databases)
    script = (
        f"set -e; for database in {databases}; do pg_dump --format=custom "
        f'--file="{directory}/$${{database}}{stamp}.dump" "$${{database}}"; done'
    )
    command = f'["sh", "-c", {quoted(script, chr(39))}]'
    doomed = [key for key in ("entrypoint", "build") if find(service, key) is not None]
    image_node, command_node = find(service, "image"), find(service, "command")
    added = {}
    if image_node is not None:
        file.set_scalar(image_node, image or _DEFAULT_IMAGE)
    else:
        added["image"] = image or _DEFAULT_IMAGE
    if command_node is None:
        added["command"] = command
    else:
        _replace_value(file, service, "command", command)
    file.remove_keys(service, doomed)
    file.add_entries(service, added, after=_anchor(service, doomed))
    login = {"PGHOST": settings.host, "PGPORT": str(settings.port)}
    login |= {"PGUSER": "${DATABASE_USERNAME}", "PGPASSWORD": "${DATABASE_PASSWORD}"}
    environment.change([one.name for one in environment if one.name.startswith(("MYSQL", "MARIADB"))], login)


def new_name(name: str) -> str:
    """The name of a job that no longer has to do with MySQL."""
    return re.sub(r"mysql|mariadb", "postgres", name, flags=re.I)


def _commands(service: Node) -> list[Node]:
    return [part for key in ("entrypoint", "command") if (part := find(service, key)) is not None]


def _directory(text: str, service: Node) -> str:
    found = _WRITES_TO.search(text)
    if found:
        path = found["path"]
        return path if path.endswith("/") else path.rpartition("/")[0]
    for volume in getattr(find(service, "volumes"), "value", []):
        if is_mapping(volume):
            target = find(volume, "target")
            return str(target.value) if target is not None else ""
        parts = str(volume.value).split(":")
        return parts[1] if len(parts) > 1 else ""
    return ""


def _anchor(service: Node, doomed: list[str]) -> str:
    return [key for key, _node, _value in entries(service) if key not in doomed][-1]


def _replace_value(file: YamlText, service: Node, name: str, written: str) -> None:
    key, value = next((node, value) for key, node, value in entries(service) if key == name)
    if is_sequence(value) and not value.flow_style:
        file.replace_value(key, value, " " + written)
    else:
        file.replace(value, written)


__all__ = ("is_backup", "new_name", "rewrite_backup")
