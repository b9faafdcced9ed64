# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""What a cluster is to hold: its own objects with the pod templates and the data of the manifests, and the way back.

Of a workload only the pod template is the manifest's, and in it the images stay the cluster's: how many pods there are,
whether a cron job is suspended and which release runs, others decide. Of a ConfigMap or Secret only the keys of the
manifest change; none is taken away, since services that know nothing of a database read them too.
"""

from __future__ import annotations

import base64
import copy
import io
import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .kubernetes import config_values, password_place
from .problem import RewriteError
from .yaml_library import YAMLError, plain_parser

if t.TYPE_CHECKING:
    from .settings import Settings

Object = dict[str, t.Any]
Key = tuple[str, str, str]
"""Kind, namespace, name."""

TEMPLATES: t.Final[Mapping[str, tuple[str, ...]]] = {
    "Deployment": ("template",),
    "StatefulSet": ("template",),
    "DaemonSet": ("template",),
    "CronJob": ("jobTemplate", "spec", "template"),
}
"""Kinds of workloads that are applied, and where in their spec the pod template is. A Job is made anew instead."""

DATA: t.Final = ("ConfigMap", "Secret")
_OF_THE_SERVER: t.Final = (
    "managedFields",
    "resourceVersion",
    "uid",
    "generation",
    "creationTimestamp",
    "selfLink",
)
_FAMILY: t.Final = ("MYSQL_", "MARIADB_")
_OLD_DSN: t.Final = ("mysql://", "mariadb://")


@dataclass
class Plan:
    """What to put, what was there, and why not."""

    wanted: list[Object] = field(default_factory=list)
    kept: list[Object] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    """Keys of the previous server that stay in ConfigMap and Secret."""


def plain(value: t.Any) -> t.Any:
    """The same in dictionaries and lists of Python's own, which can be copied; what a task hands over cannot."""
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def parsed(texts: Iterable[str], namespace: str) -> list[Object]:
    """The objects of manifests, each with its namespace. Raises RewriteError: no YAML."""
    found = []
    for text in texts:
        try:
            documents = list(plain_parser().load_all(io.StringIO(text)))
        except YAMLError as error:
            raise RewriteError(f"a manifest is no YAML: {error}") from None
        for one in documents:
            if isinstance(one, dict) and one.get("kind") and isinstance(one.get("metadata"), dict):
                one["metadata"].setdefault("namespace", namespace)
                found.append(one)
    return found


def asked(texts: Iterable[str], namespace: str, settings: Settings) -> list[Object]:
    """What has to be read of the cluster before it can be planned: `api_version`, `kind`, `namespace`, `name`."""
    objects = parsed(texts, namespace)
    keys: dict[Key, str] = {
        ("ConfigMap", namespace, settings.config_map): "v1",
        ("Secret", namespace, settings.secret): "v1",
    }
    for one in objects:
        if one["kind"] in (*TEMPLATES, *DATA):
            keys[_key(one)] = one["apiVersion"]
        if one["kind"] in TEMPLATES:
            for kind, name, _key_name, _optional in _references(_pod(one)):
                keys[(kind, one["metadata"]["namespace"], name)] = "v1"
    return [
        {"api_version": version, "kind": kind, "namespace": place, "name": name}
        for (kind, place, name), version in keys.items()
    ]


def planned(
    texts: Iterable[str],
    namespace: str,
    live: Iterable[Object],
    settings: Settings,
    record: Iterable[Object] = (),
) -> Plan:
    """What is to be put, from rewritten manifests and from what `asked` has led to.

    `record`: what earlier runs have kept, which stays the way back.
    """
    texts = list(texts)
    settings = replace(settings, password_in=password_place(texts, settings))
    there = {_key(one): one for one in plain(list(live))}
    plan = Plan()
    objects = parsed(texts, namespace)
    data = [one for one in objects if one["kind"] in DATA]
    data += _undeclared(data, namespace, there, settings, plan)
    after = dict(there)
    for one in data:
        after[_key(one)] = _with_data(one, there.get(_key(one)))
        plan.wanted.append(after[_key(one)])
        plan.leftovers += [
            f"{_named(one)}: {key}" for key in after[_key(one)].get("data") or {} if key.startswith(_FAMILY)
        ]
    for one in (one for one in objects if one["kind"] in TEMPLATES):
        if _key(one) not in there:
            plan.problems.append(
                f"{_named(one)} is in the manifests and not in the cluster, so there is nothing to go back to: "
                "deploy it first, or take its file out of the list"
            )
            continue
        wanted = _with_template(there[_key(one)], _template(one), one["metadata"])
        plan.wanted.append(wanted)
        plan.problems += _unmet(wanted, after)
        if one["metadata"]["name"] in settings.clients:
            plan.problems += _misled(wanted, after, settings)
    plan.kept = _merged(plain(list(record)), [_kept(one, there.get(_key(one))) for one in plan.wanted])
    return plan


def returned(record: Iterable[Object], live: Iterable[Object]) -> list[Object]:
    """What is to be put for the way back. Raises RewriteError: an object of the record is gone."""
    there = {_key(one): one for one in plain(list(live))}
    wanted = []
    for kept in plain(list(record)):
        now = there.get((kept["kind"], kept["namespace"], kept["name"]))
        if now is None:
            if "template" in kept:
                raise RewriteError(
                    f"{kept['kind']} {kept['namespace']}/{kept['name']} is gone from the cluster: deploy it from the "
                    "manifests as they are now, then run the same command again"
                )
            continue
        if "template" in kept:
            wanted.append(_with_template(now, kept["template"], {}))
        elif "data" in kept:
            put = _bare(now)
            data = {**(put.get("data") or {}), **kept["data"]}
            put["data"] = {key: value for key, value in data.items() if value is not None}
            wanted.append(put)
    return wanted


def _undeclared(
    declared: Sequence[Object],
    namespace: str,
    there: Mapping[Key, Object],
    settings: Settings,
    plan: Plan,
) -> list[Object]:
    """ConfigMap and Secret that lie in no file, as the manifests would say them; a problem where they cannot be."""
    given = {_key(one) for one in declared}
    texts = config_values(settings) | ({"POSTGRES_USER": settings.user} if settings.user else {})
    secrets: dict[str, str] = {}
    if settings.password:
        (texts if settings.password_in == "config_map" else secrets)["POSTGRES_PASSWORD"] = settings.password
    made = []
    for kind, name, values in (
        ("ConfigMap", settings.config_map, texts),
        ("Secret", settings.secret, secrets),
    ):
        if (kind, namespace, name) in given:
            continue
        if (kind, namespace, name) not in there:
            plan.problems.append(
                f"{kind} {namespace}/{name} is neither in the manifests nor in the cluster: "
                "check namespace and context, or give its file"
            )
        elif values:
            part = "data" if kind == "ConfigMap" else "stringData"
            head = {"name": name, "namespace": namespace}
            made.append({"apiVersion": "v1", "kind": kind, "metadata": head, part: values})
    return made


def _with_data(manifest: Object, live: Object | None) -> Object:
    """The live object with the manifest's keys, or the manifest itself where there is none."""
    wanted = _bare(live) if live else copy.deepcopy(manifest)
    data = dict(wanted.get("data") or {}) | dict(manifest.get("data") or {})
    for key, value in (manifest.get("stringData") or {}).items():
        data[key] = base64.b64encode(str(value).encode()).decode()
    wanted.pop("stringData", None)
    return {**wanted, "data": data}


def _with_template(live: Object, template: Object, metadata: Mapping[str, t.Any]) -> Object:
    """The live object with another pod template, whose images stay, and with the labels of its manifest too."""
    wanted = _bare(live)
    images = {one["name"]: one.get("image") for one in _containers(_pod(live))}
    place = wanted["spec"]
    *way, last = TEMPLATES[live["kind"]]
    for name in way:
        place = place[name]
    place[last] = copy.deepcopy(template)
    for one in _containers(_pod(wanted)):
        if images.get(one["name"]):
            one["image"] = images[one["name"]]
    for part in ("labels", "annotations"):
        if metadata.get(part):
            wanted["metadata"][part] = {**wanted["metadata"].get(part, {}), **metadata[part]}
    return wanted


def _kept(wanted: Object, live: Object | None) -> Object:
    head = {
        "api_version": wanted["apiVersion"],
        "kind": wanted["kind"],
        "namespace": wanted["metadata"]["namespace"],
        "name": wanted["metadata"]["name"],
    }
    if live is None:
        return {**head, "data": dict.fromkeys(wanted["data"])}
    if wanted["kind"] in TEMPLATES:
        return {**head, "template": copy.deepcopy(_template(live))}
    before = live.get("data") or {}
    return {
        **head,
        "data": {key: before.get(key) for key, value in wanted["data"].items() if before.get(key) != value},
    }


def _merged(record: Iterable[Object], fresh: Iterable[Object]) -> list[Object]:
    """What was kept first wins: it is what was before all runs."""
    kept = {(one["kind"], one["namespace"], one["name"]): one for one in record}
    for one in fresh:
        key = (one["kind"], one["namespace"], one["name"])
        if key not in kept:
            kept[key] = one
        elif "data" in one:
            kept[key] = {**one, "data": {**one["data"], **kept[key]["data"]}}
    return list(kept.values())


def _unmet(workload: Object, after: Mapping[Key, Object]) -> list[str]:
    """References of its containers that would keep a pod from starting, or lead it to the previous database."""
    found = []
    place = workload["metadata"]["namespace"]
    for kind, name, key, optional in _references(_pod(workload)):
        held = after.get((kind, place, name))
        lacks = held is None or (key and key not in (held.get("data") or {}))
        if lacks and not optional:
            what = f"{kind} {place}/{name}" + (f", key {key}" if key and held is not None else "")
            found.append(
                f"{_named(workload)} needs {what}, which is not there: its pods would not start. Add it"
            )
        elif held and key and _value(held, key).startswith(_OLD_DSN):
            found.append(
                f"{_named(workload)} takes its database from key {key} of {kind} {place}/{name}, which leads to MySQL: "
                "give the file of that object, so that it is rewritten too"
            )
    return sorted(set(found))


def _misled(workload: Object, after: Mapping[Key, Object], settings: Settings) -> list[str]:
    """Variables of the database that a client's containers would have otherwise than said."""
    wanted = config_values(settings)
    found = []
    asking = 0
    for container in _containers(_pod(workload)):
        environment = _environment(container, workload["metadata"]["namespace"], after)
        if "DATABASE_USERNAME" not in environment:
            continue  # another program beside the client
        asking += 1
        wrong = [name for name, value in wanted.items() if environment.get(name) != value]
        wrong += [name for name in ("DATABASE_USERNAME", "DATABASE_PASSWORD") if not environment.get(name)]
        if wrong:
            found.append(
                f"{_named(workload)}: the container {container['name']} would not get {', '.join(wrong)} as they have "
                "to be, since its own env or another object of envFrom says otherwise, or nothing. Correct its manifest"
            )
    if not asking:
        found.append(
            f"{_named(workload)} is to be a client of the database, and no container of it has ConfigMap or Secret of "
            "the server in its envFrom: correct its manifest, or take it out of the clients"
        )
    return found


def _environment(container: Object, place: str, after: Mapping[Key, Object]) -> dict[str, str]:
    """Name to value, as the kubelet puts it together: later sources win, and env wins over all."""
    found: dict[str, str] = {}
    for one in container.get("envFrom") or []:
        for kind, word in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
            held = after.get((kind, place, (one.get(word) or {}).get("name", "")))
            for key in (held or {}).get("data") or {}:
                found[str(one.get("prefix", "")) + key] = _value(held or {}, key)
    for one in container.get("env") or []:
        source = one.get("valueFrom") or {}
        found[one["name"]] = str(one.get("value") or "")
        for kind, word in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
            if word in source:
                held = after.get((kind, place, source[word]["name"]), {})
                found[one["name"]] = _value(held, source[word]["key"])
    return found


def _references(pod: Object) -> Iterator[tuple[str, str, str, bool]]:
    """Kind, name, key or nothing, and whether the pod starts without it."""
    for container in _containers(pod):
        for one in container.get("envFrom") or []:
            for kind, word in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
                if word in one:
                    yield kind, one[word]["name"], "", bool(one[word].get("optional"))
        for one in container.get("env") or []:
            for kind, word in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
                source = (one.get("valueFrom") or {}).get(word)
                if source:
                    yield kind, source["name"], source["key"], bool(source.get("optional"))
    for volume in pod.get("volumes") or []:
        for kind, word, name in (("ConfigMap", "configMap", "name"), ("Secret", "secret", "secretName")):
            if word in volume:
                yield kind, volume[word][name], "", bool(volume[word].get("optional"))


def _value(held: Object, key: str) -> str:
    value = str((held.get("data") or {}).get(key, ""))
    if held.get("kind") != "Secret":
        return value
    return base64.b64decode(value).decode("utf-8", "replace")


def _template(workload: Object) -> Object:
    found = workload["spec"]
    for name in TEMPLATES[workload["kind"]]:
        found = found[name]
    return dict(found)


def _pod(workload: Object) -> Object:
    return dict(_template(workload)["spec"])


def _containers(pod: Object) -> Iterator[Object]:
    for part in ("initContainers", "containers"):
        yield from pod.get(part) or []


def _bare(live: Object) -> Object:
    """An object of the API without what the server itself writes."""
    found = {name: copy.deepcopy(part) for name, part in live.items() if name != "status"}
    for name in _OF_THE_SERVER:
        found["metadata"].pop(name, None)
    return found


def _key(one: Object) -> Key:
    return (one["kind"], one["metadata"]["namespace"], one["metadata"]["name"])


def _named(one: Object) -> str:
    return f"{one['kind']} {one['metadata']['namespace']}/{one['metadata']['name']}"


__all__ = ("DATA", "TEMPLATES", "Object", "Plan", "asked", "parsed", "plain", "planned", "returned")
