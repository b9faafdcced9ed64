# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""What the variables of one host name on hosts: questions for the module host_readiness_info, each with its host."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from .seen import Seen
from .uses import USES

Question = dict[str, t.Any]

_CERTIFICATES: t.Final = ("ca_cert", "client_cert", "client_key", "ssl_cert", "ssl_key")
_TLS: t.Final = "No connection could be encrypted or checked as it has to be."
_STOP: t.Final = "The service could not be stopped, started or asked inside the window."
_REWRITE: t.Final = "The cut-over would stop in its phase configuration, inside the window."
_KRATOS: t.Final = "Kratos could not be asked, or not be told of PostgreSQL, inside the window."
_BACKUP: t.Final = "The backups are taken or proved before the writers stop."
_COPY: t.Final = "The playbook rehearse_copy restores them."


def of_migration_host(seen: Seen) -> list[Question]:
    """What the variables of the roles on the migration host name, there and on the hosts of the services."""
    found: list[Question] = []
    for part in (_migration, _backups, _commands, _services):
        found += part(seen)
    # An environment may never need the playbooks that use these.
    for part in (_copy, _provision):
        found += [{**question, "weight": "beside"} for question in part(seen)]
    return found


def of_platform(seen: Seen) -> list[Question]:
    """What the variables of the roles on a host of the services name there."""
    return [*_quickstart(seen), *_manifests(seen), *_kratos(seen)]


def _on(seen: Seen, kind: str, variable: str, why: str, host: str = "", **more: t.Any) -> Question:
    return {"host": host or seen.host, "kind": kind, "variable": variable, "why": why, **more}


def _files(
    seen: Seen, names: Sequence[str], why: str, kind: str = "file", **more: t.Any
) -> Iterator[Question]:
    """Of the variables that are given."""
    for name in names:
        if seen.given(name) and seen.text(name):
            yield _on(seen, kind, name, why, path=seen.text(name), **more)


def _command(
    seen: Seen, variable: str, words: t.Any, why: str, host: str = "", chdir: str = ""
) -> Iterator[Question]:
    """The program of a command, where one is given."""
    if isinstance(words, Sequence) and not isinstance(words, str) and words and words[0]:
        yield _on(
            seen, "program", variable, why, host, word=str(words[0]), **({"chdir": chdir} if chdir else {})
        )


def _below(directory: str, name: t.Any) -> str:
    return str(PurePosixPath(directory) / str(name))


# --- the migration host -----------------------------------------------------------------------------


def _migration(seen: Seen) -> Iterator[Question]:
    prefixes = ("migration_source_", "migration_target_", "service_downtime_")
    yield from _files(seen, [f"{prefix}{name}" for prefix in prefixes for name in _CERTIFICATES], _TLS)
    yield from _files(
        seen,
        ["migration_encryption_key_file"],
        "Dump and load encrypt the chunks with it.",
        private=True,
    )
    yield from _files(seen, ["migration_wheels"], "The environment is made of it.", "directory")
    places = ["migration_run_directory", "migration_rehearsal_directory", "database_backup_directory"]
    yield from _files(seen, places, "Everything of the run is kept there.", "place")
    interpreter = _below(seen.text("migration_venv"), "bin/python") if seen.text("migration_venv") else ""
    if not interpreter:
        return
    yield _on(
        seen,
        "python",
        "migration_python",
        "The environment of the modules is made with it.",
        word=seen.text("migration_python"),
        unless=interpreter,
    )
    yield _on(
        seen, "environment", "migration_venv", "Privileges and logins were not asked.", path=interpreter
    )
    for side in ("source", "target"):
        if not seen.text(f"migration_{side}_login_unix_socket"):
            host, port = (seen.text(f"migration_{side}_login_{name}") for name in ("host", "port"))
            if host and port.isdecimal():
                yield _on(
                    seen,
                    "tcp",
                    f"migration_{side}_login_host",
                    f"The {side} is an address, as the migration host sees it.",
                    address=host,
                    port=int(port),
                    unless=interpreter,
                )


def _backups(seen: Seen) -> Iterator[Question]:
    if not seen.text("database_backup_directory"):
        return
    yield from _files(seen, ["database_backup_source_file", "database_backup_target_file"], _BACKUP)
    prefixes = ("database_backup_source_", "database_backup_target_")
    yield from _files(seen, [f"{prefix}{name}" for prefix in prefixes for name in _CERTIFICATES], _TLS)
    commands = [
        f"database_backup_{side}_command"
        for side in ("source", "target")
        if not seen.text(f"database_backup_{side}_file")
    ]
    for name in (*commands, "database_backup_gzip", "database_backup_elsewhere_command"):
        yield from _command(seen, name, seen.get(name), _BACKUP)


def _copy(seen: Seen) -> Iterator[Question]:
    for place, one in seen.dicts("source_copy_dumps"):
        if one.get("file"):
            yield _on(seen, "file", f"{place}.file", _COPY, path=str(one["file"]))
    if seen.given("source_copy_dumps"):
        yield from _command(seen, "source_copy_program", [seen.text("source_copy_program")], _COPY)


def _provision(seen: Seen) -> Iterator[Question]:
    why = "The playbook provision lets the application make its tables with it."
    yield from _files(seen, [f"postgresql_provision_{name}" for name in _CERTIFICATES], _TLS)
    for place, one in seen.dicts("postgresql_provision_schema_commands"):
        directory = str(one.get("directory") or "")
        if directory:
            yield _on(seen, "directory", f"{place}.directory", why, path=directory)
        yield from _command(seen, f"{place}.command", one.get("command"), why, chdir=directory)


def _commands(seen: Seen) -> Iterator[Question]:
    for name in ("cutover_switch", "cutover_switch_back"):
        yield from _command(seen, name, seen.get(name), _REWRITE)
    shared = seen.text("service_downtime_shared_host")
    queues = "service_downtime_rabbitmq_queues"
    yield from _command(seen, queues, seen.get(queues), "It runs before the services start again.", shared)
    for place, one in seen.dicts("cutover_caches"):
        why = "It empties a cache before the services start again."
        yield from _command(seen, f"{place}.command", one.get("command"), why, str(one.get("host") or ""))


# --- the services -----------------------------------------------------------------------------------


def _services(seen: Seen) -> Iterator[Question]:
    for place, one in seen.dicts("service_downtime_services"):
        host = str(one.get("host") or seen.host)
        yield from _DRIVERS.get(str(one.get("driver")), _nothing)(seen, place, one, host)
        release = one.get("release")
        if isinstance(release, Mapping):
            for key in ("switch", "switch_back", "status"):
                yield from _command(seen, f"{place}.release.{key}", release.get(key), _STOP, host)


def _nothing(*_: t.Any) -> Iterator[Question]:
    yield from ()


def _compose_service(seen: Seen, place: str, one: Mapping[str, t.Any], host: str) -> Iterator[Question]:
    if not one.get("directory"):
        return
    directory = str(one["directory"])
    yield _on(seen, "directory", f"{place}.directory", _STOP, host, path=directory)
    files = [str(name) for name in one.get("files") or ()]
    environment = [str(name) for name in one.get("environment_files") or ()]
    for key, names in (("files", files), ("environment_files", environment)):
        for number, name in enumerate(names):
            yield _on(seen, "file", f"{place}.{key}[{number}]", _STOP, host, path=_below(directory, name))
    yield _on(
        seen,
        "compose",
        f"{place}.services",
        _STOP,
        host,
        docker=[str(word) for word in seen.listed("service_downtime_docker")],
        directory=directory,
        files=files,
        environment_files=environment,
        services=[str(name) for name in one.get("services") or ()],
    )


def _unit(seen: Seen, place: str, one: Mapping[str, t.Any], host: str) -> Iterator[Question]:
    if one.get("unit"):
        yield _on(seen, "unit", f"{place}.unit", _STOP, host, unit=str(one["unit"]))


def _cluster(seen: Seen, place: str, one: Mapping[str, t.Any], host: str) -> Iterator[Question]:
    if one.get("kubeconfig"):
        yield _on(seen, "file", f"{place}.kubeconfig", _STOP, host, path=str(one["kubeconfig"]))


def _words(seen: Seen, place: str, one: Mapping[str, t.Any], host: str) -> Iterator[Question]:
    for key in ("stop", "start", "status"):
        yield from _command(seen, f"{place}.{key}", one.get(key), _STOP, host)


_DRIVERS: t.Final[dict[str, t.Callable[[Seen, str, Mapping[str, t.Any], str], Iterator[Question]]]] = {
    "docker_compose": _compose_service,
    "systemd": _unit,
    "kubernetes": _cluster,
    "command": _words,
}


# --- the application's files ------------------------------------------------------------------------


def _quickstart(seen: Seen) -> Iterator[Question]:
    name = "compose_quickstart_directory"
    if not seen.given(name):
        return
    directory = seen.text(name)
    yield from _files(seen, [name], _REWRITE, "directory")
    for kind in ("compose", "environment", "traefik", "alkemio", "kratos"):
        variable = f"compose_quickstart_{kind}_files"
        if seen.given(variable):  # of its own list the role takes what is there
            for number, file in enumerate(seen.listed(variable)):
                yield _on(seen, "file", f"{variable}[{number}]", _REWRITE, path=_below(directory, file))


def _manifests(seen: Seen) -> Iterator[Question]:
    name = "kubernetes_manifests_directory"
    if not seen.given(name):
        return
    directory = seen.text(name)
    yield from _files(seen, [name], _REWRITE, "directory")
    for variable in ("kubernetes_manifests_files", "kubernetes_manifests_helm_files"):
        for number, file in enumerate(seen.listed(variable)):
            yield _on(seen, "file", f"{variable}[{number}]", _REWRITE, path=_below(directory, file))
    variable = "kubernetes_manifests_validate_command"
    yield from _command(seen, variable, seen.get(variable), _REWRITE)


def _kratos(seen: Seen) -> Iterator[Question]:
    if not any(seen.on(use) for use in USES if use.role == "kratos"):
        return
    yield from _files(seen, ["kratos_configuration_file"], _KRATOS)
    yield from _files(seen, ["kratos_directory"], _KRATOS, "directory")
    yield from _files(
        seen, ["kratos_secrets_file"], "The fingerprints of the secrets are kept there.", "place"
    )
    prefixes = ("kratos_target_", "kratos_source_")
    yield from _files(seen, [f"{prefix}{name}" for prefix in prefixes for name in _CERTIFICATES], _TLS)
    if seen.text("kratos_interpreter"):
        yield from _command(seen, "kratos_interpreter", [seen.text("kratos_interpreter")], _KRATOS)
    directory = seen.text("kratos_directory")
    if seen.text("kratos_driver") != "compose" or not directory:
        yield from _command(
            seen, "kratos_migrate_command", seen.get("kratos_migrate_command"), _KRATOS, chdir=directory
        )
        return
    file, environment = seen.text("kratos_compose_file"), seen.text("kratos_environment_file")
    yield _on(seen, "file", "kratos_compose_file", _KRATOS, path=_below(directory, file))
    yield _on(seen, "file", "kratos_environment_file", _KRATOS, path=_below(directory, environment))
    yield _on(
        seen,
        "compose",
        "kratos_services",
        _KRATOS,
        docker=[str(word) for word in seen.listed("kratos_docker")],
        directory=directory,
        files=[file],
        environment_files=[environment],
        services=[*map(str, seen.listed("kratos_services")), seen.text("kratos_migrate_service")],
    )


__all__ = ("Question", "of_migration_host", "of_platform")
