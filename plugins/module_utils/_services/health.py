# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""An address that says whether a service is healthy, asked until it does."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass

from .._errors import ServiceFailed

Get = t.Callable[[str], "str | None"]
"""Asks an address: None when it answers well, otherwise what it said, for a message."""


@dataclass(frozen=True)
class Health:
    """The address of one service."""

    service: str
    url: str
    get: Get
    retries: int
    delay: float
    """Seconds between two questions."""

    def wait(self) -> None:
        """Until the address answers well. Raises `ServiceFailed` after the last question."""
        said: str | None = None
        for attempt in range(self.retries + 1):
            if attempt:
                time.sleep(self.delay)
            said = self.get(self.url)
            if said is None:
                return
        raise ServiceFailed(
            f"{self.service} was started and is not healthy: {self.url} {said}, asked {self.retries + 1} times in "
            f"{self.retries * self.delay:g} seconds. Look into its log, or correct health of this service in "
            "service_downtime_services, then run the same command again."
        )


__all__ = ("Get", "Health")
