# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""On which server the sessions of the application's services are: on the target, and none on the source any more.

What a server does not show, and what may be somebody else's session, proves nothing.
"""

from __future__ import annotations

import ipaddress
import time
import typing as t
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from .._bound import bound
from .._errors import ForeignRunDirectory, InputError, ServerError
from .._mysql import connection as mysql
from .._mysql import processlist
from .._postgresql import activity
from .._postgresql import connection as postgresql
from .._run import cutover_state
from .._run.directory import RunDirectory

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._logins import MySQLLogin, PostgreSQLLogin
    from .._mysql.processlist import Session
    from .._postgresql.activity import Activity

_PAUSE: t.Final = 1.0
"""Seconds between two looks."""
_SLACK: t.Final = 2.0
"""Seconds by which a session may seem older than it is: the two moments are not asked at once."""


_TELL: t.Final = (
    "target_users",
    "target_databases",
    "application_names",
    "addresses",
    "source_users",
    "source_databases",
)


@dataclass(frozen=True)
class Service:
    """How the sessions of one service are told from others, on either server; empty: by nothing."""

    name: str
    target_users: tuple[str, ...] = ()
    target_databases: tuple[str, ...] = ()
    application_names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    source_users: tuple[str, ...] = ()
    source_databases: tuple[str, ...] = ()
    minimum: int = 1

    @classmethod
    def of(cls, options: Mapping[str, t.Any]) -> Service:
        """Of a module's options; raises InputError: an address is none, or nothing could be told by them."""
        given: dict[str, t.Any] = {key: tuple(options.get(key) or ()) for key in _TELL}
        found = cls(options["name"], **given, minimum=options.get("sessions") or 1)
        for address in found.addresses:
            try:
                ipaddress.ip_network(address)
            except ValueError as error:
                raise InputError(
                    f"The service {found.name}: {address!r} in addresses is neither an address nor a network ({error})."
                ) from error
        if not found.target_users and (found.target_databases or found.application_names or found.addresses):
            raise InputError(
                f"The service {found.name} names no account on the target, so that its sessions cannot be told. Give "
                "target_users."
            )
        return found

    @property
    def described(self) -> str:
        """Whose sessions count as its own."""
        parts = [f"as {' or '.join(self.target_users)}"]
        if self.target_databases:
            parts.append(f"on {' or '.join(self.target_databases)}")
        if self.application_names:
            parts.append(f"named {' or '.join(self.application_names)}")
        if self.addresses:
            parts.append(f"from {' or '.join(self.addresses)}")
        return " ".join(parts)

    def fits(self, one: Activity) -> bool:
        """Whether the session may be its own; an address that is not shown fits none."""
        return (
            one.user in self.target_users
            and (not self.target_databases or one.database in self.target_databases)
            and (one.application in self.application_names if self.application_names else not one.of_a_tool)
            and (not self.addresses or self._comes_from(one.address))
        )

    def _comes_from(self, address: str | None) -> bool:
        if not address:
            return False
        return any(
            ipaddress.ip_address(address) in ipaddress.ip_network(network) for network in self.addresses
        )

    def may_hide(self, one: Activity) -> bool:
        """Whether it is its own but for what the login may not see."""
        return (
            one.address is None
            and one.user in self.target_users
            and (not self.target_databases or one.database in self.target_databases)
        )

    def left_on_source(self, sessions: Sequence[Session]) -> list[Session]:
        """Sessions of its accounts on the source, those without a database too."""
        return [
            one
            for one in sessions
            if one.user in self.source_users
            and (not self.source_databases or not one.database or one.database in self.source_databases)
        ]


@dataclass(frozen=True)
class Finding:
    """Of one service what was proved, and what was not, in words; `failed`: what forbids to say that it moved."""

    name: str
    proved: tuple[str, ...] = ()
    not_proved: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, t.Any]:
        """For a module's result."""
        return {
            "name": self.name,
            "proved": list(self.proved),
            "not_proved": list(self.not_proved),
            "failed": list(self.failed),
        }


@dataclass(frozen=True)
class Looked:
    """What both servers have shown; `source`: the sessions there, or why they were not asked."""

    target: tuple[Activity, ...]
    source: tuple[Session, ...] | str


def judge(services: Sequence[Service], looked: Looked, since: float | None) -> list[Finding]:
    """A finding for each service. `since`: seconds since the cut-over began, `None` where none has.

    A session that fits several services proves nothing of any, and neither does one from before the cut-over, when
    every service stood still.
    """
    return [_finding(service, services, looked, since) for service in services]


def _finding(service: Service, services: Sequence[Service], looked: Looked, since: float | None) -> Finding:
    if not service.target_users:
        return Finding(service.name, not_proved=("not asked, since no account of it is declared",))
    proved, not_proved, failed = [], [], []
    own, doubts = _own(service, services, looked.target, since)
    if len(own) >= service.minimum:
        proved.append(f"{_counted(len(own))} on PostgreSQL {service.described}{_from(own)}")
    else:
        few = f"{len(own)} of {service.minimum} sessions" if own else "no session"
        failed.append(
            f"PostgreSQL shows {few} {service.described}{'; ' if doubts else ''}{'; '.join(doubts)}"
        )
    if not service.source_users:
        not_proved.append("that none of it is left on the source, since no account there is declared")
    elif isinstance(looked.source, str):
        not_proved.append(f"that none of it is left on the source, which was not asked: {looked.source}")
    else:
        left = service.left_on_source(looked.source)
        if left:
            failed.append(f"still on the source: {'; '.join(map(str, left[:5]))}{' …' if left[5:] else ''}")
        else:
            proved.append("none left on the source")
    return Finding(service.name, tuple(proved), tuple(not_proved), tuple(failed))


def _own(
    service: Service, services: Sequence[Service], sessions: Sequence[Activity], since: float | None
) -> tuple[list[Activity], list[str]]:
    """The sessions that are its own for certain, and what was not counted, in words."""
    fitting = [one for one in sessions if service.fits(one)]
    own: list[Activity] = []
    shared: dict[str, int] = {}
    old = 0
    hidden = sum(service.may_hide(one) and one not in fitting for one in sessions) if service.addresses else 0
    for one in fitting:
        others = [other.name for other in services if other is not service and other.fits(one)]
        if others:
            names = " and ".join(others)
            shared[names] = shared.get(names, 0) + 1
        elif since is not None and one.age is None:
            hidden += 1
        elif since is not None and one.age is not None and one.age > since + _SLACK:
            old += 1
        else:
            own.append(one)
    doubts = [
        f"{_counted(number)} may be of {names} too: tell them apart by application_names or addresses"
        for names, number in shared.items()
    ]
    if old:
        doubts.append(f"{_counted(old)} began before the cut-over, when the service stood still")
    if hidden:
        doubts.append(
            f"of {_counted(hidden)} the login sees neither address nor age: let an administrator GRANT "
            "pg_read_all_stats TO it"
        )
    return own, doubts


def _counted(number: int) -> str:
    return f"{number} session{'' if number == 1 else 's'}"


def _from(sessions: Sequence[Activity]) -> str:
    """Where they come from and what they call themselves."""
    addresses = sorted({one.address or "a socket" for one in sessions if one.address is not None})
    names = sorted({one.application for one in sessions if one.application})
    parts = []
    if addresses:
        parts.append(f"from {', '.join(addresses)}")
    if names:
        parts.append(f"named {', '.join(names)}")
    return f" ({', '.join(parts)})" if parts else ""


# --- asking -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Whereabouts:
    """The findings, in the order of the services."""

    findings: tuple[Finding, ...]

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": False,
            "services": [one.to_json() for one in self.findings],
            "failures": [f"{one.name}: {'; '.join(one.failed)}" for one in self.findings if one.failed],
        }


def whereabouts(
    target: PostgreSQLLogin,
    source: MySQLLogin | None,
    services: Sequence[Mapping[str, t.Any]],
    run_directory: str,
    timeout: float,
) -> Whereabouts:
    """Ask both servers of a run until every service is where it should be, for `timeout` seconds at most.

    Raises InputError: nothing can be told by what a service declares, or no run is there; raises ServerError: the
    target; raises ForeignRunDirectory: it is not the run's.
    """
    asked = [Service.of(options) for options in services]
    run = RunDirectory(run_directory)
    run.check()
    begun = _begun(run)
    until = time.monotonic() + timeout
    with _Servers(run, target, source) as servers:
        while True:
            since = None if begun is None else (datetime.now(timezone.utc) - begun).total_seconds()
            findings = judge(asked, servers.look(), since)
            if not any(one.failed for one in findings) or time.monotonic() >= until:
                return Whereabouts(tuple(findings))
            time.sleep(_PAUSE)


def _begun(run: RunDirectory) -> datetime | None:
    """When the services were about to be started on the target; `None`: no cut-over has begun."""
    times = [event["at"] for event in cutover_state.history(run) if event["state"] == "begun"]
    return datetime.fromisoformat(times[0]) if times else None


class _Servers:
    """A session on each; one on a source that does not answer is none, with the reason."""

    def __init__(self, run: RunDirectory, target: PostgreSQLLogin, source: MySQLLogin | None) -> None:
        catalog = bound.target_catalog(run)
        database = next(iter(catalog.databases.values())).name
        self._target = postgresql.connect(bound.on_target(catalog, target), database, "whereabouts")
        self._source: t.Any = None
        self._why = "no account for it is given (migration_source_login_user)"
        if source is not None:
            try:
                identity = bound.source_catalog(run).server.identity
                self._source = mysql.connect(replace(source, server=identity))
                processlist.check_sees_all(self._source, source.user)
            except (ServerError, ForeignRunDirectory) as error:
                self._why = str(error).rstrip(".")
                self._close_source()

    def __enter__(self) -> _Servers:
        return self

    def __exit__(self, *_: object) -> None:
        self._close_source()
        self._target.close()

    def _close_source(self) -> None:
        if self._source is not None:
            self._source.close()
            self._source = None

    def look(self) -> Looked:
        """Who is connected now. Raises ServerError: the target does not say."""
        there = tuple(activity.activity(self._target))
        if self._source is not None:
            try:
                return Looked(there, tuple(processlist.sessions(self._source)))
            except ServerError as error:
                self._why = str(error).rstrip(".")
                self._close_source()
        return Looked(there, self._why)


__all__ = ("Finding", "Looked", "Service", "Whereabouts", "judge", "whereabouts")
