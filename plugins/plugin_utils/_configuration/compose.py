# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Compose files: the MySQL server goes, its clients turn to PostgreSQL, everything else keeps its bytes."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from . import dsn
from .commented import commented_volumes, without_commented_mysql
from .compose_backup import is_backup, new_name, rewrite_backup
from .compose_check import check, refuse_lost_anchors
from .compose_depends import rewrite_depends
from .compose_environment import Environment
from .compose_project import Project, named_volumes
from .env_file import extended_databases
from .problem import RewriteError
from .yaml_text import (
    TELLS_OF_MYSQL,
    Node,
    YamlText,
    entries,
    find,
    is_mapping,
    is_scalar,
    is_sequence,
    scalars,
)

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .settings import Settings

_SERVER = re.compile(
    r"(?:^|/)(?:mysql|mariadb|mysql-server|mysql-cluster|percona|percona-server|phpmyadmin|mysqld-exporter)(?=[:@]|$)"
)
_POSTGRES = re.compile(r"(?:^|/)(?:postgres|postgresql|pgvector|postgis|timescaledb)(?=[:@]|$)")
_STALE_MOUNT = re.compile(r"schema\.sql|bootstrap_scripts|/var/lib/mysql")
_FAMILY = re.compile(r"(?:MYSQL|MARIADB)_")


@dataclass(frozen=True)
class Beside:
    """What the files say that docker compose reads together with one."""

    removed: frozenset[str] = frozenset()
    """Their services that go."""
    postgres: str | None = None
    mounted: frozenset[str] = frozenset()
    """Named volumes that a service mounts which stays."""


class ComposeRewrite:
    """One compose file on its way."""

    def __init__(self, text: str, name: str, settings: Settings) -> None:
        self.settings = settings
        self.beside = Beside()
        self.once_mounted = commented_volumes(text)
        self.file = YamlText(without_commented_mysql(text), name)
        self.services = find(self.file.root, "services")
        if not is_mapping(self.services) and find(self.file.root, "include") is None:
            raise RewriteError(f"{name} has neither services nor include; it is not a compose file")
        self.named = {service: node for service, _key, node in entries(self.services) if is_mapping(node)}
        self.backups = {service: node for service, node in self.named.items() if is_backup(node)}
        self.removed = {
            service
            for service, node in self.named.items()
            if service in settings.removed_services
            or (service not in self.backups and _is_server(service, node))
        }

    def tells(self) -> Beside:
        """What the files beside it have to know."""
        mounted = {volume for node in self.kept.values() for volume in named_volumes(node)}
        return Beside(frozenset(self.removed), self._own_postgres(), frozenset(mounted))

    def join(self, others: Sequence[Beside]) -> None:
        """Take in what the files beside it say."""
        removed = {name for other in others for name in other.removed}
        # An overlay speaks of a server without its image; one with an image of its own is another service.
        self.removed |= {name for name in removed & set(self.named) if not _image(self.named[name])}
        self.beside = Beside(
            frozenset(removed - set(self.kept)),
            next((other.postgres for other in others if other.postgres), None),
            frozenset(volume for other in others for volume in other.mounted),
        )

    @property
    def kept(self) -> dict[str, Node]:
        return {service: node for service, node in self.named.items() if service not in self.removed}

    @property
    def gone(self) -> set[str]:
        """Here and in the files beside it."""
        return self.removed | self.beside.removed

    @property
    def renamed(self) -> dict[str, str]:
        return {service: new_name(service) for service in self.backups if new_name(service) not in self.named}

    def result(self) -> str:
        """The file for PostgreSQL only."""
        if not is_mapping(self.services):
            return self.file.result()
        refuse_lost_anchors(self.file, self.services, self.removed)
        for name, service in self.kept.items():
            self._service(name, service)
        self._volumes()
        self._servers()
        own = self._own_postgres()
        if self._waits_for_health and own:
            self._health_check(self.kept[own])
        done = self.file.result()
        check(
            self.file.name,
            self.file.root,
            self.file.new_root,
            removed=self.removed,
            renamed=self.renamed,
            jobs=self.backups,
        )
        return done

    def _servers(self) -> None:
        if self.removed and len(self.removed) == len(self.services.value):
            key = next(key for name, key, _node in entries(self.file.root) if name == "services")
            self.file.replace_value(key, self.services, " {}")
        elif self.removed:
            self.file.remove_keys(self.services, self.removed)

    @property
    def postgres(self) -> str | None:
        """The service of PostgreSQL, here or in a file beside this one."""
        return self._own_postgres() or self.beside.postgres

    def _own_postgres(self) -> str | None:
        """The service of that name, else the one with that image; a job with the same image is none."""
        found = [
            name for name, node in self.kept.items() if _POSTGRES.search(_image(node)) and not _is_job(node)
        ]
        return self.settings.host if self.settings.host in found else next(iter(found), None)

    def _service(self, name: str, service: Node) -> None:
        environment = Environment(self.file, service)
        uses_dsn = [self._dsn_variable(environment, variable) for variable in environment]
        if name in self.backups:
            own = self._own_postgres()
            image = _image(self.kept[own]) if own else None
            rewrite_backup(self.file, name, service, environment, image, self.settings)
            self._rename(name, service)
        else:
            self._variables(environment)
            self._commands(service)
        self._lists(service)
        rewrite_depends(
            self.file,
            service,
            removed=self.gone,
            renamed=self.renamed,
            postgres=self.postgres,
            client="kratos" in uses_dsn or name in self.backups,
        )

    def _dsn_variable(self, environment: Environment, variable: t.Any) -> str:
        """Translate a DSN; the answer is `"kratos"` for one of the database that moves."""
        if not dsn.is_dsn(variable.value):
            return ""
        found = dsn.parse(variable.value, in_compose=True)
        settings = self.settings
        moves = found.database in settings.databases
        if found.is_mysql:
            new = dsn.to_postgresql(
                variable.value,
                host=settings.host,
                port=settings.port,
                user=settings.url_user,
                password=settings.url_password,
                sslmode=settings.sslmode,
                in_compose=True,
            ).as_url()
        elif moves:
            # Converted by half: host or options of MySQL may still be in it.
            stale = found.host in {"mysql", "mariadb", *self.gone} or found.port == "3306"
            new = dsn.to_postgresql(
                variable.value,
                host=settings.host if stale else None,
                port=settings.port if stale else None,
                in_compose=True,
            ).as_url()
        else:
            return ""
        environment.set(variable, new)
        return "kratos" if moves else ""

    def _variables(self, environment: Environment) -> None:
        settings = self.settings
        doomed = []
        client = False
        for variable in environment:
            name, value = variable.name, variable.value
            if _FAMILY.match(name):
                client = True
                if not settings.keep_mysql_variables:
                    doomed.append(name)
            elif value in self.gone or value in ("mysql", "mariadb"):
                environment.set(variable, "postgres" if name.endswith("_TYPE") else settings.host)
            elif value == "3306" and name.endswith("_PORT"):
                environment.set(variable, str(settings.port))
            elif name == "POSTGRES_MULTIPLE_DATABASES" and value and "$" not in value:
                environment.set(variable, extended_databases(value, settings.databases))
        added = {}
        if client:
            added = {name: "${" + name + "}" for name in settings.families("", "")}
            added["POSTGRES_USER"], added["POSTGRES_PASSWORD"] = "${POSTGRES_USER}", "${POSTGRES_PASSWORD}"
        environment.change(doomed, added)

    def _commands(self, service: Node) -> None:
        """What waits for the server, and entry points of the proxy on a command line."""
        for key in ("command", "entrypoint"):
            part = find(service, key)
            if is_sequence(part):
                flags = [
                    at
                    for at, item in enumerate(part.value)
                    if re.match(r"--[\w.]*(mysql|mariadb)", str(item.value))
                ]
                if len(flags) < len(part.value):
                    self.file.remove_items(part, flags)
            for one in scalars(part):
                for name in self.gone:
                    waits = re.sub(
                        rf"\b{re.escape(name)}:3306\b",
                        f"{self.settings.host}:{self.settings.port}",
                        one.value,
                    )
                    if waits != one.value:
                        self.file.set_scalar(one, waits)

    def _lists(self, service: Node) -> None:
        for key, doomed in (
            ("ports", _is_mysql_port),
            ("expose", _is_mysql_port),
            ("volumes", _is_stale_mount),
            ("labels", _tells_of_mysql),
            ("links", lambda item: _text(item).partition(":")[0] in self.gone),
        ):
            part = find(service, key)
            if is_sequence(part):
                gone = [at for at, item in enumerate(part.value) if doomed(item)]
                if gone and len(gone) == len(part.value):
                    self.file.remove_keys(service, [key])
                else:
                    self.file.remove_items(part, gone)
            elif is_mapping(part):
                names = [
                    name
                    for name, _key, value in entries(part)
                    if TELLS_OF_MYSQL.search(f"{name}={_text(value)}")
                ]
                if names and len(names) == len(part.value):
                    self.file.remove_keys(service, [key])
                else:
                    self.file.remove_keys(part, names)

    def _rename(self, name: str, service: Node) -> None:
        new = self.renamed.get(name)
        if new and new != name:
            key = next(key for service_name, key, _node in entries(self.services) if service_name == name)
            self.file.replace(key, new)
        for part in ("container_name", "hostname"):
            node = find(service, part)
            if is_scalar(node):
                self.file.set_scalar(node, new_name(node.value))

    def _volumes(self) -> None:
        """Named volumes that nobody but the removed services mounts. Their data stay where they are."""
        volumes = find(self.file.root, "volumes")
        if not is_mapping(volumes):
            return
        used: dict[bool, set[str]] = {True: set(self.once_mounted), False: set(self.beside.mounted)}
        for service, _key, node in entries(self.services):
            used[service in self.removed] |= named_volumes(node)
        names = [name for name, _key, _node in entries(volumes)]
        gone = {
            name
            for name in names
            if name not in used[False] and (name in used[True] or re.search("mysql|mariadb", name))
        }
        if gone and len(gone) == len(names):
            self.file.remove_keys(self.file.root, ["volumes"])
        else:
            self.file.remove_keys(volumes, gone)

    @property
    def _waits_for_health(self) -> bool:
        return any(
            "kratos" in name or find(node, "depends_on", self.postgres or "", "condition") is not None
            for name, node in self.kept.items()
        )

    def _health_check(self, postgres: Node) -> None:
        """Without one, nothing that waits for a healthy server would ever start."""
        if find(postgres, "healthcheck") is None:
            step = " " * self.file.step
            test = (
                """["CMD-SHELL", "pg_isready -U $${POSTGRES_USER:-postgres} -d $${POSTGRES_DB:-postgres}"]"""
            )
            lines = [f"test: {test}", "interval: 5s", "timeout: 5s", "retries: 20", "start_period: 5s"]
            anchor = [key for key, _node, _value in entries(postgres)][-1]
            written = "".join(f"\n{step}{line}" for line in lines)
            self.file.add_entries(postgres, {"healthcheck": written}, after=anchor)


def rewrite_compose(text: str, name: str, settings: Settings) -> str:
    """A compose file that stands alone, for PostgreSQL only."""
    return rewrite_project({name: text}, settings)[name]


def rewrite_project(files: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Compose files, by their paths, for PostgreSQL only; each with a view to those that are read with it."""
    rewrites = {path: ComposeRewrite(text, path, settings) for path, text in files.items()}
    told = {path: one.tells() for path, one in rewrites.items()}
    project = Project(files)
    for path, one in rewrites.items():
        one.join([told[other] for other in sorted(project.others(path))])
    # Once more: what goes in an overlay mounts nothing any longer.
    told = {path: one.tells() for path, one in rewrites.items()}
    for path, one in rewrites.items():
        one.join([told[other] for other in sorted(project.others(path))])
    return {path: one.result() for path, one in rewrites.items()}


def _is_server(name: str, service: Node) -> bool:
    return bool(_SERVER.search(_image(service))) or name in ("mysql", "mariadb")


def _is_job(service: Node) -> bool:
    parts = [find(service, key) for key in ("command", "entrypoint")]
    return any("pg_dump" in one.value for part in parts for one in scalars(part))


def _image(service: Node) -> str:
    node = find(service, "image")
    return str(node.value) if is_scalar(node) else ""


def _is_mysql_port(item: Node) -> bool:
    if is_mapping(item):
        return any(_text(find(item, key)) == "3306" for key in ("target", "published"))
    return bool(re.search(r"(?:^|:)(?:\$\{[^}]*3306\}|3306)(?:/(?:tcp|udp))?(?=:|$)", _text(item)))


def _is_stale_mount(item: Node) -> bool:
    text = (
        " ".join(_text(find(item, key)) for key in ("source", "target")) if is_mapping(item) else _text(item)
    )
    return bool(_STALE_MOUNT.search(text))


def _tells_of_mysql(item: Node) -> bool:
    return bool(TELLS_OF_MYSQL.search(_text(item)))


def _text(node: Node) -> str:
    return str(node.value) if is_scalar(node) else ""


__all__ = ("rewrite_compose", "rewrite_project")
