# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""All services of one host, asked, stopped or started: one after the other, or together where their order allows."""

from __future__ import annotations

import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from .._errors import ServiceFailed
from .drivers import Driver, driver

if t.TYPE_CHECKING:
    from .health import Health

State = t.Literal["stopped", "started"]
_LOOKS = 4
_PAUSE = 0.5


@dataclass(frozen=True)
class Service:
    """One of them."""

    name: str
    driver: Driver
    together: bool
    """With the one before it."""
    health: Health | None


@dataclass
class ServicesOutcome:
    """What ran before, by name, and which services were stopped or started."""

    running: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {
            "changed": bool(self.done),
            "running": self.running,
            "done": self.done,
        }


def services_of(
    entries: t.Iterable[t.Mapping[str, t.Any]], docker: list[str], health: t.Callable[[str, str], Health]
) -> list[Service]:
    """From service_downtime_services; `health` makes what waits for the address of a service."""
    return [
        Service(
            entry["name"],
            driver(entry, docker),
            bool(entry.get("together")),
            health(entry["name"], entry["health"]) if entry.get("health") else None,
        )
        for entry in entries
    ]


def bring(services: list[Service], state: State | None, *, check: bool) -> ServicesOutcome:
    """Bring all into `state`: stopped in their order, started in the reverse one. None only asks what runs.

    Raises `ServiceFailed` for the first group in which a service fails; those after it are not touched.
    """
    outcome = ServicesOutcome()
    running = _at_once(services, lambda service: service.driver.running())
    outcome.running = {service.name: found for service, found in zip(services, running, strict=True)}
    groups = _groups(services)
    for group in reversed(groups) if state == "started" else groups if state else []:
        changed = _at_once(group, partial(_stop if state == "stopped" else _start, check=check))
        outcome.done += [service.name for service, did in zip(group, changed, strict=True) if did]
    return outcome


def _groups(services: list[Service]) -> list[list[Service]]:
    """What stops and starts together."""
    groups: list[list[Service]] = []
    for service in services:
        if service.together and groups:
            groups[-1].append(service)
        else:
            groups.append([service])
    return groups


_Answer = t.TypeVar("_Answer")


def _at_once(services: list[Service], ask: t.Callable[[Service], _Answer]) -> list[_Answer]:
    """All have been heard before the first failure is told, so that none goes on behind the message."""
    if not services:
        return []
    with ThreadPoolExecutor(len(services)) as threads:
        heard = [threads.submit(ask, service) for service in services]
    failures = [str(error) for future in heard if (error := future.exception()) is not None]
    unforeseen = [
        error for future in heard if (error := future.exception()) and not isinstance(error, ServiceFailed)
    ]
    if unforeseen:
        raise unforeseen[0]
    if failures:
        raise ServiceFailed(" ".join(failures))
    return [future.result() for future in heard]


def _stop(service: Service, *, check: bool) -> bool:
    if not service.driver.running():
        return False
    if check:
        return True
    service.driver.stop()
    left = service.driver.running()
    # A unit or a container may take a moment to be seen as ended.
    for _again in range(_LOOKS):
        if not left:
            break
        time.sleep(_PAUSE)
        left = service.driver.running()
    if left:
        raise ServiceFailed(
            f"{service.name} still runs after its stop ({left}). Find out what starts it, then run the same command "
            "again. Services after it in the list were not touched."
        )
    return True


def _start(service: Service, *, check: bool) -> bool:
    current = service.driver.current()
    if check:
        return not current
    if not current:
        service.driver.start()
    if service.health is not None:
        service.health.wait()
    return not current


__all__ = ("Service", "ServicesOutcome", "State", "bring", "services_of")
