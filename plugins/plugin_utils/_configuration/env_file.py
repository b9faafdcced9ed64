# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Environment files as docker compose reads them: one assignment to a line, comments, two kinds of quotes."""

from __future__ import annotations

import re
import typing as t
from dataclasses import replace
from urllib.parse import quote

from .problem import RewriteError
from .settings import MYSQL_FAMILY, Settings, needs_encoding
from .yaml_text import TELLS_OF_MYSQL

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ASSIGNMENT = re.compile(
    r"(?P<front>[ \t]*(?P<off>#[# \t]*)?(?:export[ \t]+)?)(?P<name>[A-Za-z_][A-Za-z0-9_.]*)(?P<equals>[ \t]*=[ \t]*)"
    r"(?P<value>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\n]*?)(?P<rest>(?:[ \t]+#[^\n]*)?[ \t]*)",
    re.S,
)
_REFERENCE = re.compile(r"\\\$|\$\$|\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=?&~^-]*")
# Services that are no more, whose variables nobody reads.
DEAD = ("JOLOCOM_DATABASE_HOST", "JOLOCOM_DATABASE_PORT")


class EnvFile:
    """One environment file. Lines that are not edited keep their bytes."""

    def __init__(self, text: str) -> None:
        self._crlf = "\r\n" in text and "\n" not in text.replace("\r\n", "")
        self._lines = (text.replace("\r\n", "\n") if self._crlf else text).split("\n")
        self._join_quoted()

    def values(self) -> dict[str, str]:
        """What each variable holds, references to earlier ones replaced."""
        found: dict[str, str] = {}
        for line in self._lines:
            match = _parsed(line)
            if match and not match["off"]:
                found[match["name"]] = _meaning(match["value"], found)
        return found

    def put(self, name: str, value: str, after: tuple[str, ...] = ()) -> None:
        """Let a variable hold a value: in its place, else behind the last of `after`, else at the end."""
        if self.values().get(name) == value:
            return
        written = False
        for at, line in enumerate(self._lines):
            match = _parsed(line)
            if match and not match["off"] and match["name"] == name:
                rest = "" if TELLS_OF_MYSQL.search(match["rest"]) else match["rest"]
                self._lines[at] = f"{match['front']}{name}{match['equals']}{env_quoted(value)}{rest}"
                written = True
        if not written:
            self._lines.insert(self._place_behind(after), f"{name}={env_quoted(value)}")

    def remove(self, doomed: Callable[[str, bool], bool]) -> None:
        """Take away the variables for which `doomed` (of the name, and whether it is commented out) says so."""
        gone: set[int] = set()
        for at, line in enumerate(self._lines):
            match = _parsed(line)
            if match and doomed(match["name"], bool(match["off"])):
                gone.add(at)
        for at in sorted(gone):
            gone |= self._told_of(at, gone)
        self._drop(gone)

    def text(self) -> str:
        """The file."""
        return ("\r\n" if self._crlf else "\n").join(
            line.replace("\n", "\r\n") if self._crlf else line for line in self._lines
        )

    def _join_quoted(self) -> None:
        """A quoted value may go on over lines; keep it in one element."""
        joined: list[str] = []
        for line in self._lines:
            if joined and _is_open(joined[-1]):
                joined[-1] += "\n" + line
            else:
                joined.append(line)
        self._lines = joined

    def _place_behind(self, names: tuple[str, ...]) -> int:
        places = []
        for at, line in enumerate(self._lines):
            match = _parsed(line)
            if match and not match["off"] and match["name"] in names:
                places.append(at + 1)
        if places:
            return places[-1]
        end = len(self._lines)
        while end > 0 and not self._lines[end - 1].strip():
            end -= 1
        return end

    def _told_of(self, at: int, gone: set[int]) -> set[int]:
        """The comment above a removed line, when it tells of MySQL or of nothing that is left."""
        below = at + 1
        while below in gone:
            below += 1
        nothing_below = below >= len(self._lines) or not self._lines[below].strip()
        above = at
        while above > 0 and above - 1 not in gone and self._lines[above - 1].lstrip().startswith("#"):
            above -= 1
        told = self._lines[above:at]
        goes = nothing_below or any(TELLS_OF_MYSQL.search(line) for line in told)
        return set(range(above, at)) if goes else set()

    def _drop(self, gone: set[int]) -> None:
        """Without the second of two blank lines that a gap leaves."""
        kept: list[str] = []
        gap = False
        for at, line in enumerate(self._lines):
            if at in gone:
                gap = True
                continue
            if gap and not line.strip() and (not kept or not kept[-1].strip()):
                if at < len(self._lines) - 1:
                    continue
                kept = kept[:-1] or kept
            gap = False
            kept.append(line)
        self._lines = kept


def login(values: Mapping[str, str]) -> tuple[str, str]:
    """User and password of the application on PostgreSQL, as far as variables name them."""
    return (
        values.get("POSTGRES_USER") or values.get("DATABASE_USERNAME", ""),
        values.get("POSTGRES_PASSWORD") or values.get("DATABASE_PASSWORD", ""),
    )


def rewrite_env(text: str, settings: Settings, over: Mapping[str, str] | None = None) -> tuple[str, Settings]:
    """The environment file for PostgreSQL only, and the settings with what the other files need of it.

    `over`: variables of files that are read after this one.
    """
    file = EnvFile(text)
    values = file.values()
    user, password = login({**values, **(over or {})})
    user, password = settings.user or user, settings.password or password
    if not user or not password:
        raise RewriteError(
            "the environment file has neither POSTGRES_USER and POSTGRES_PASSWORD nor a login of the "
            "application on PostgreSQL; give its user and password"
        )
    file.remove(lambda name, off: _is_doomed(name, off, settings))
    anchors: tuple[str, ...] = ("DATABASE_HOST", "POSTGRES_PASSWORD", "POSTGRES_MULTIPLE_DATABASES")
    if "POSTGRES_USER" in values:
        file.put("POSTGRES_MULTIPLE_DATABASES", _databases(values, settings), anchors)
    anchors = ("DATABASE_HOST",) if "DATABASE_HOST" in values else anchors
    for name, value in settings.families(user, password).items():
        file.put(name, value, anchors)
        anchors = (*anchors, name)
    _put_hosts(file, settings)
    url_user, url_password = _names_in_urls(file, settings, user, password, anchors)
    told = replace(settings, url_user=url_user, url_password=url_password, environment=file.values())
    return file.text(), told


def rewrite_override(text: str, settings: Settings) -> str:
    """A file that is read after one with a login: what it says of MySQL is said of PostgreSQL, nothing is added.

    `settings`: as the file with the login has left them.
    """
    file = EnvFile(text)
    file.remove(lambda name, off: _is_doomed(name, off, settings))
    there = file.values()
    known = {**settings.families("", ""), **settings.environment}
    for name in settings.families("", ""):
        if name in there:
            file.put(name, known[name])
    if there.get("POSTGRES_MULTIPLE_DATABASES"):
        file.put("POSTGRES_MULTIPLE_DATABASES", _databases(there, settings))
    _put_hosts(file, settings)
    return file.text()


def _put_hosts(file: EnvFile, settings: Settings) -> None:
    for name, value in file.values().items():
        if name.endswith("_HOST") and value in ("mysql", "mariadb"):
            file.put(name, settings.host)


def _is_doomed(name: str, off: bool, settings: Settings) -> bool:
    if name in DEAD:
        return True
    if not re.match(r"(?:MYSQL|MARIADB)_", name):
        return False
    return off or not (settings.keep_mysql_variables and name in MYSQL_FAMILY)


def _databases(values: dict[str, str], settings: Settings) -> str:
    """POSTGRES_MULTIPLE_DATABASES with the two new ones; what was there stays as it was."""
    return extended_databases(values.get("POSTGRES_MULTIPLE_DATABASES", ""), settings.databases)


def extended_databases(listed: str, wanted: tuple[str, ...]) -> str:
    """A list with commas or spaces, as the container's script takes it, with those that it lacks in front."""
    there = re.split(r"[,\s]+", listed)
    missing = [name for name in wanted if name not in there]
    separator = " " if re.search(r"[^,\s]\s+[^,\s]", listed) else ","
    return separator.join([*missing, *([listed] if listed else [])])


def _names_in_urls(
    file: EnvFile, settings: Settings, user: str, password: str, anchors: tuple[str, ...]
) -> tuple[str, str]:
    """How DSNs of the compose files name the login. Compose cannot percent-encode, so a variable holds that."""
    values = file.values()
    names = []
    for part, value in (("USER", user), ("PASSWORD", password)):
        family = "DATABASE_USERNAME" if part == "USER" else "DATABASE_PASSWORD"
        source = f"POSTGRES_{part}" if values.get(f"POSTGRES_{part}") == value else family
        encoded = f"KRATOS_DSN_{part}"
        if needs_encoding(value):
            file.put(encoded, quote(value, safe=""), anchors)
            source = encoded
        elif encoded in values:
            file.put(encoded, value)
            source = encoded
        names.append("${" + source + "}")
    return names[0], names[1]


def _parsed(line: str) -> re.Match[str] | None:
    return _ASSIGNMENT.fullmatch(line)


def _is_open(line: str) -> bool:
    """Whether a quoted value begins here and does not end."""
    found = re.match(r"[ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_.]*[ \t]*=[ \t]*(['\"])", line)
    if not found:
        return False
    rest = re.sub(r"\\.", "", line[found.end() :])
    return found[1] not in rest


def _meaning(written: str, earlier: dict[str, str]) -> str:
    if written[:1] == "'":
        return written[1:-1] if len(written) > 1 else written
    if written[:1] == '"':
        written = re.sub(r'\\(["\\])', r"\1", written[1:-1])

    def value(found: re.Match[str]) -> str:
        if found[0] in ("\\$", "$$"):
            return "$"
        return earlier.get(found[1] or found[3]) or found[2] or ""

    return _REFERENCE.sub(value, written)


def env_quoted(value: str) -> str:
    """A value as it must be written, so that compose and the shell read what was meant."""
    if _PLAIN.fullmatch(value):
        return value
    if "'" not in value and "\\" not in value:
        return f"'{value}'"
    return '"' + re.sub(r'(["\\$])', r"\\\1", value) + '"'


__all__ = ("EnvFile", "extended_databases", "login", "rewrite_env", "rewrite_override")
