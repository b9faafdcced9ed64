# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""How many identities Kratos sees, by the paging of every release."""

from __future__ import annotations

import contextlib
import json
import re
import typing as t
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from .._errors import ServerError

_PAGE: t.Final = 250
_NEXT: t.Final = re.compile(r'<([^<>]*)>\s*;[^,<]*rel="?next"?')


@dataclass(frozen=True)
class Identities:
    """Their number, and how many pages were read for it."""

    number: int
    pages: int

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""
        return {"changed": False, "identities": self.number, "pages": self.pages}


Get = t.Callable[[str], t.Any]
"""Opens an address; the answer has `headers` and `read()`."""


def count(admin_url: str, get: Get) -> Identities:
    """Count them. Raises ServerError: it does not answer, or answers with what is no list of identities."""
    base = admin_url.rstrip("/").removesuffix("/admin")
    first = f"{base}/admin/identities"
    # Up to v1.3 a page by its number tells the total; a page by its size does not.
    total = None
    with contextlib.suppress(
        ServerError
    ):  # a release that knows no numbers of pages; who is silent is so below too
        total = _ask(get, f"{first}?page=0&per_page=1")[0].get("X-Total-Count")
    if total is not None and str(total).isdigit():
        return Identities(int(total), 1)
    seen: set[str] = set()
    pages = 0
    url: str | None = f"{first}?page_size={_PAGE}"
    asked = set()
    while url is not None:
        if url in asked:
            raise ServerError(
                f"Kratos at {base} names the same page of identities twice, so that they cannot be counted."
            )
        asked.add(url)
        headers, page = _ask(get, url)
        seen.update(str(one.get("id")) for one in page)
        pages += 1
        url = _following(url, first, headers.get("Link") or "")
    return Identities(len(seen), pages)


def _following(url: str, first: str, link: str) -> str | None:
    """The next page, asked where the first one was: Kratos names itself by an address of its own."""
    found = _NEXT.search(link)
    if found is None:
        return None
    return f"{first}?{urlsplit(urljoin(url, found[1])).query}"


def _ask(get: Get, url: str) -> tuple[t.Any, list[dict[str, t.Any]]]:
    where = url.partition("?")[0]
    try:
        answer = get(url)
        page = json.loads(answer.read())
    except OSError as error:  # of the address, of TLS, or a status that is none of success
        raise ServerError(f"Kratos at {where} cannot be asked for its identities: {error}.") from error
    except ValueError as error:
        raise ServerError(f"Kratos at {where} answers with no JSON; check kratos_admin_url.") from error
    if not isinstance(page, list) or not all(isinstance(one, dict) for one in page):
        raise ServerError(f"Kratos at {where} answers with no list of identities; check kratos_admin_url.")
    return answer.headers, page


__all__ = ("Identities", "count")
