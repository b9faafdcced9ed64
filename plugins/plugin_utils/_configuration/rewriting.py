# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""A set of files on its way: what each is, in which order, and the proof that nothing else was touched."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, replace

from .applications import rewrite_alkemio, rewrite_kratos
from .compose import rewrite_project
from .environment import rewrite_environment
from .helm_values import rewrite_values
from .kubernetes import check_clients, password_place, rewrite_manifest
from .problem import RewriteError
from .traefik import rewrite_traefik

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .settings import Settings

KINDS = ("environment", "compose", "traefik", "alkemio", "kratos", "manifest", "helm_values")


@dataclass(frozen=True)
class File:
    """One file as it is, or as it shall be."""

    path: str
    kind: str
    text: str


def rewrite(files: Sequence[File], settings: Settings) -> list[File]:
    """All files for PostgreSQL only, in the order given. All or nothing.

    Environment files come first, as they say how the DSNs of the others name the login.
    Raises RewriteError: one file cannot be rewritten.
    """
    done: dict[str, str] = {}
    texts, settings = rewrite_environment(_of_kind(files, "environment"), settings)
    done |= texts
    done |= rewrite_project(_of_kind(files, "compose"), settings)
    manifests = _of_kind(files, "manifest")
    if manifests:
        check_clients(manifests.values(), settings)
        settings = replace(settings, password_in=password_place(manifests.values(), settings))
    for file in files:
        if file.path not in done:
            done[file.path] = _by_kind(file, settings)
    return [File(file.path, file.kind, done[file.path]) for file in files]


def _of_kind(files: Sequence[File], kind: str) -> dict[str, str]:
    return {file.path: file.text for file in files if file.kind == kind}


def _by_kind(file: File, settings: Settings) -> str:
    if file.kind == "traefik":
        return rewrite_traefik(file.text, file.path)
    if file.kind == "alkemio":
        return rewrite_alkemio(file.text, file.path)
    if file.kind == "kratos":
        return rewrite_kratos(file.text, file.path)
    if file.kind == "manifest":
        return rewrite_manifest(file.text, file.path, settings)
    if file.kind == "helm_values":
        return rewrite_values(file.text, file.path, settings)
    raise RewriteError(f"{file.path}: unknown kind '{file.kind}'; it is one of {', '.join(KINDS)}")


# Values of names like these, in YAML, in lists of `NAME=value` and in environment files.
_SECRET_NAME = (
    r"[\w.-]*(?:password|passwd|pwd|secret|token|credential|private|api_?key|salt|cipher|cookie)[\w.-]*"
)
_SECRET_VALUE = re.compile(
    rf"(?im)^(?P<front>[ \t]*(?:[-#+][ \t]*)*(?:export[ \t]+)?[\"']?{_SECRET_NAME}[\"']?[ \t]*[:=][ \t]*)"
    r"(?P<value>\S.*)$"
)
_SECRET_IN_URL = re.compile(r"(?P<front>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)(?P<value>[^\s]+)(?=@)")
_SECRET_LIST = re.compile(
    rf"(?im)^(?P<front>([ \t]*){_SECRET_NAME}:[ \t]*\n)(?P<items>(?:\2[ \t]*-[ \t]+.*\n?)+)"
)
_SECRET_DOCUMENT = re.compile(r"(?m)^kind:[ \t]*['\"]?Secret\b")
_REFERENCE = re.compile(r"[\"']?\$\{?\w+[^}]*\}?[\"']?")
HIDDEN = "********"


def for_people(text: str) -> str:
    """The text with every secret hidden, for a diff."""
    text = _SECRET_LIST.sub(
        lambda found: found["front"] + re.sub(r"(-[ \t]+).*", rf"\1{HIDDEN}", found["items"]), text
    )
    text = _SECRET_VALUE.sub(_hide, _SECRET_IN_URL.sub(_hide_in_url, text))
    return "\n---".join(_hide_document(part) for part in text.split("\n---"))


def _hide(found: re.Match[str]) -> str:
    value = found["value"]
    open_ended = re.fullmatch(r"[|>&*][\w+-]*|#.*", value)
    return (
        found[0] if _REFERENCE.fullmatch(value) or open_ended or HIDDEN in value else found["front"] + HIDDEN
    )


def _hide_in_url(found: re.Match[str]) -> str:
    return found[0] if _REFERENCE.fullmatch(found["value"]) else found["front"] + HIDDEN


def _hide_document(document: str) -> str:
    """Of a Secret, every value: which of them is one, only its owner knows."""
    if not _SECRET_DOCUMENT.search(document):
        return document
    parts = re.split(r"(?m)^((?:data|stringData):.*)$", document)
    hidden = [re.sub(r"(?m)^([ \t]+[\w.-]+:[ \t]*)\S.*$", rf"\1{HIDDEN}", part) for part in parts[2::2]]
    return parts[0] + "".join(front + data for front, data in zip(parts[1::2], hidden, strict=True))


__all__ = ("KINDS", "File", "for_people", "rewrite")
