# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Kubernetes manifests: workloads, ConfigMaps and Secrets of the server.

Workloads that are a MySQL server stay where they are: a tool that applies a folder and prunes would take
their volumes with them, and with those the way back.
"""

from __future__ import annotations

import base64
import re
import typing as t

from .commented import without_commented_mysql
from .dsn import to_postgresql
from .problem import RewriteError
from .yaml_text import Node, YamlText, entries, find, is_mapping, is_scalar, is_sequence, quoted

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .settings import Settings

_POD_OF = {
    "Pod": ("spec",),
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_FAMILY = re.compile(r"(?:MYSQL|MARIADB)_")
_CLIENT = re.compile(r"(?:MYSQL|MARIADB|DATABASE)_")
_DSN = re.compile(r"(?:mysql|mariadb)://")


def rewrite_manifest(text: str, name: str, settings: Settings) -> str:
    """All documents of one file."""
    file = YamlText(without_commented_mysql(text), name)
    for document in file.documents:
        kind = _text(find(document, "kind"))
        if kind in _POD_OF:
            _rewrite_workload(file, document, settings)
        elif kind == "ConfigMap":
            _rewrite_config_map(file, document, settings)
        elif kind == "Secret":
            _rewrite_secret(file, document, settings)
    return file.result()


def password_place(texts: Iterable[str], settings: Settings) -> str:
    """`config_map` or `secret`: which of the two holds POSTGRES_PASSWORD, as far as the manifests show it."""
    if settings.password_in:
        return settings.password_in
    kinds = {"ConfigMap": settings.config_map, "Secret": settings.secret}
    holders = set()
    for document in (one for text in texts for one in YamlText(text, "").documents):
        kind = _text(find(document, "kind"))
        if kinds.get(kind) == _text(find(document, "metadata", "name")):
            names = {key for part in ("data", "stringData") for key, *_rest in entries(find(document, part))}
            holders |= {kind} if "POSTGRES_PASSWORD" in names else set()
        for container in _containers(find(document, *_POD_OF[kind])) if kind in _POD_OF else ():
            holders |= set(_mapped_from(container))
    if not holders:
        return settings.password_found or "secret"
    return "config_map" if "ConfigMap" in holders and "Secret" not in holders else "secret"


def check_clients(texts: Iterable[str], settings: Settings) -> None:
    """Raises RewriteError: the files hold workloads, and not all that are named as clients of the database."""
    documents = [one for text in texts for one in YamlText(text, "").documents]
    named = {_text(find(one, "metadata", "name")) for one in documents if _text(find(one, "kind")) in _POD_OF}
    missing = [client for client in settings.clients if client not in named]
    if named and missing:
        raise RewriteError(
            f"no manifest is of {', '.join(missing)}, which is to be a client of the database "
            f"(the files have {', '.join(sorted(named))}): name the clients as metadata.name does, and all their files"
        )


def _mapped_from(container: Node) -> Iterator[str]:
    """Where a container of another release already takes the password from."""
    variables = find(container, "env")
    for item in variables.value if is_sequence(variables) else []:
        for kind, reference in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
            if _text(find(item, "valueFrom", reference, "key")) == "POSTGRES_PASSWORD":
                yield kind


def _password_source(settings: Settings) -> tuple[str, str]:
    if settings.password_in == "config_map":
        return ("configMapKeyRef", settings.config_map)
    return ("secretKeyRef", settings.secret)


def config_values(settings: Settings) -> dict[str, str]:
    """The keys of the ConfigMap. The login comes by mappings of the workloads."""
    values = settings.families("", "")
    del values["DATABASE_USERNAME"], values["DATABASE_PASSWORD"]
    return values


def _containers(pod: Node) -> Iterator[Node]:
    for key in ("initContainers", "containers"):
        listed = find(pod, key)
        if is_sequence(listed):
            yield from (item for item in listed.value if is_mapping(item))


def _rewrite_workload(file: YamlText, document: Node, settings: Settings) -> None:
    """The containers of a client of the database, and those that by their own variables are one.

    ConfigMap and Secret of the server are in the environment of services that know nothing of a database, too.
    """
    client = _text(find(document, "metadata", "name")) in settings.clients
    for container in _containers(find(document, *_POD_OF[_text(find(document, "kind"))])):
        _rewrite_dsns(file, find(container, "env"), settings)
        if (client and _draws_from(container, settings)) or any(map(_CLIENT.match, _names(container))):
            _rewrite_container(file, container, settings)


def _names(container: Node) -> list[str]:
    variables = find(container, "env")
    return [_text(find(item, "name")) for item in variables.value] if is_sequence(variables) else []


def _rewrite_dsns(file: YamlText, variables: Node, settings: Settings) -> None:
    for item in variables.value if is_sequence(variables) else []:
        value = find(item, "value")
        if is_scalar(value) and _DSN.match(value.value):
            file.set_scalar(value, _dsn(value.value, file.name, _text(find(item, "name")), settings))


def _dsn(text: str, file: str, name: str, settings: Settings) -> str:
    """Of Kratos: the database that it named, on PostgreSQL. Raises RewriteError: there is no login for it."""
    if not settings.user or not settings.password:
        raise RewriteError(
            f"{file}: {name} leads to MySQL, and a DSN needs the login on PostgreSQL: give user and password"
        )
    found = to_postgresql(
        text,
        host=settings.host,
        port=settings.port,
        user=settings.user,
        password=settings.password,
        sslmode=None if settings.sslmode == "disable" else settings.sslmode,
    )
    return found.as_url()


def _rewrite_container(file: YamlText, container: Node, settings: Settings) -> None:
    variables = find(container, "env")
    named = _names(container)
    image = _text(find(container, "image"))
    if re.search(r"(?:^|/)(?:mysql|mariadb|percona)(?=[:@]|$)", image):
        return
    doomed = [at for at, name in enumerate(named) if _FAMILY.match(name)]
    mappings = {
        "DATABASE_USERNAME": ("configMapKeyRef", settings.config_map, "POSTGRES_USER"),
        "DATABASE_PASSWORD": (*_password_source(settings), "POSTGRES_PASSWORD"),
    }
    step = " " * 2
    fresh = [
        f"name: {name}\n{step}valueFrom:\n{step * 2}{kind}:\n{step * 3}name: {source}\n{step * 3}key: {key}"
        for name, (kind, source, key) in mappings.items()
        if name not in named
    ]
    if not is_sequence(variables) or len(doomed) == len(named):
        _write_env(file, container, fresh, was_there=is_sequence(variables))
        return
    for item in variables.value:
        value = find(item, "value")
        if (
            is_scalar(value)
            and _text(find(item, "name")).endswith("_HOST")
            and value.value in ("mysql", "mariadb")
        ):
            file.set_scalar(value, settings.host)
    file.remove_items(variables, doomed)
    file.add_items(variables, fresh)


def _write_env(file: YamlText, container: Node, items: list[str], *, was_there: bool) -> None:
    if not items:
        return
    written = "".join("\n  - " + item.replace("\n", "\n  ") for item in items)
    if was_there:
        key, node = next((key, node) for name, key, node in entries(container) if name == "env")
        indent = " " * key.start_mark.column
        file.replace_value(key, node, written.replace("\n", "\n" + indent))
    else:
        anchor = next((key for key in ("envFrom", "image") if find(container, key) is not None), None)
        file.add_entries(container, {"env": written}, after=anchor)


def _draws_from(container: Node, settings: Settings) -> bool:
    """Whether the server's ConfigMap or Secret is all in the container's environment."""
    listed = find(container, "envFrom")
    sources = listed.value if is_sequence(listed) else []
    names = {_text(find(one, kind, "name")) for one in sources for kind in ("configMapRef", "secretRef")}
    return bool(names & {settings.config_map, settings.secret})


def _rewrite_config_map(file: YamlText, document: Node, settings: Settings) -> None:
    data = find(document, "data")
    ours = _text(find(document, "metadata", "name")) == settings.config_map
    if not is_mapping(data):
        return
    if not (ours or any(_FAMILY.match(key) for key, *_rest in entries(data))):
        if dsns := _dsns(data, "text", file.name, settings):
            put_strings(file, data, dsns, doomed=[])
        return
    there = {key: _text(node) for key, _key, node in entries(data)}
    wanted = config_values(settings)
    if settings.user or "POSTGRES_USER" not in there:
        if not settings.user:
            raise RewriteError(
                f"{file.name}: the ConfigMap has no POSTGRES_USER; give the user of the application on PostgreSQL"
            )
        wanted["POSTGRES_USER"] = settings.user
    if settings.password_in == "config_map" and (settings.password or "POSTGRES_PASSWORD" not in there):
        if not settings.password:
            raise RewriteError(
                f"{file.name}: the ConfigMap has no POSTGRES_PASSWORD; give the application's password on PostgreSQL"
            )
        wanted["POSTGRES_PASSWORD"] = settings.password
    wanted |= _dsns(data, "text", file.name, settings)
    put_strings(file, data, wanted, doomed=[key for key in there if _FAMILY.match(key)])


def put_strings(file: YamlText, mapping: Node, wanted: dict[str, str], doomed: list[str]) -> None:
    """Let a mapping of strings hold `wanted` in the place of `doomed`. Numbers are quoted."""
    there = {key: node for key, _key, node in entries(mapping)}
    for key, node in there.items():
        if key in wanted and _text(node) != wanted[key]:
            file.replace(node, _string(wanted[key]))
    kept = [key for key in there if key not in doomed]
    fresh = {key: _string(value) for key, value in wanted.items() if key not in there}
    if kept:
        file.add_entries(mapping, fresh, after="DATABASE_HOST" if "DATABASE_HOST" in kept else kept[-1])
        file.remove_keys(mapping, doomed)
    elif fresh:
        indent = "\n" + " " * mapping.start_mark.column
        file.replace(mapping, indent.join(f"{key}: {value}" for key, value in fresh.items()))


def _rewrite_secret(file: YamlText, document: Node, settings: Settings) -> None:
    ours = _text(find(document, "metadata", "name")) == settings.secret
    parts = {kind: part for kind in ("data", "stringData") if is_mapping(part := find(document, kind))}
    names = {key for part in parts.values() for key, *_rest in entries(part)}
    dsns = {
        kind: _dsns(part, "base64" if kind == "data" else "text", file.name, settings)
        for kind, part in parts.items()
    }
    if not parts or not (ours or any(_FAMILY.match(name) for name in names)):
        for kind, found in dsns.items():
            if found:
                put_strings(file, parts[kind], found, doomed=[])
        return
    lacking = "POSTGRES_PASSWORD" not in names and settings.password_in != "config_map"
    if lacking and not settings.password:
        raise RewriteError(
            f"{file.name}: the Secret has no POSTGRES_PASSWORD; give the application's password on PostgreSQL"
        )
    for at, (kind, part) in enumerate(parts.items()):
        wanted = dict(dsns[kind])
        own = {key for key, *_rest in entries(part)}
        if settings.password and ("POSTGRES_PASSWORD" in own or (lacking and at == 0)):
            coded = base64.b64encode(settings.password.encode()).decode()
            wanted["POSTGRES_PASSWORD"] = coded if kind == "data" else settings.password
        put_strings(file, part, wanted, doomed=[key for key in own if _FAMILY.match(key)])


def _dsns(part: Node, kind: str, file: str, settings: Settings) -> dict[str, str]:
    """Values of a mapping that lead to MySQL, as they shall be. `kind`: data of a Secret is in Base64."""
    found = {}
    for key, _key, node in entries(part):
        value = _decoded(_text(node)) if kind == "base64" else _text(node)
        if _DSN.match(value):
            new = _dsn(value, file, key, settings)
            found[key] = base64.b64encode(new.encode()).decode() if kind == "base64" else new
    return found


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except ValueError:  # no Base64, or no text
        return ""


def _string(value: str) -> str:
    return f'"{value}"' if re.fullmatch(r"[0-9.]+", value) else quoted(value)


def _text(node: Node) -> str:
    return str(node.value) if is_scalar(node) else ""


__all__ = ("check_clients", "config_values", "password_place", "put_strings", "rewrite_manifest")
