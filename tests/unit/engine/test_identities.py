# SPDX-License-Identifier: GPL-3.0-or-later
"""Identities are counted by the total of the older releases, and page by page by the tokens of the later ones."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import ServerError
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.identities import count


class Answer(io.BytesIO):
    def __init__(self, body: Any, **headers: str) -> None:
        super().__init__(json.dumps(body).encode())
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Later:
    """A Kratos that knows no numbers of pages, behind a proxy that takes a path away."""

    def __init__(self, people: int, *, refuses: bool = False) -> None:
        self.people = [{"id": str(number)} for number in range(people)]
        self.refuses = refuses
        self.asked: list[str] = []

    def __call__(self, url: str) -> Answer:
        self.asked.append(url)
        assert url.startswith("https://proxy/ory/kratos/admin/identities?")
        asked = parse_qs(urlsplit(url).query)
        if "per_page" in asked:
            if self.refuses:
                raise HTTPError(url, 400, "Bad Request", None, None)  # type: ignore[arg-type]
            return Answer(self.people[:1])
        begin = int(asked.get("page_token", ["0"])[0])
        end = begin + int(asked["page_size"][0])
        first = '<http://kratos:4434/admin/identities?page_size=250&page_token=0>; rel="first"'
        following = f'<http://kratos:4434/admin/identities?page_size=250&page_token={end}>; rel="next"'
        link = f"{first},{following}" if end < len(self.people) else first
        return Answer(self.people[begin:end], Link=link)


def test_a_total_is_taken() -> None:
    found = count("http://k/admin/", lambda url: Answer([{"id": "a"}], X_Total_Count="1230"))
    assert (found.number, found.pages) == (1230, 1)


@pytest.mark.parametrize("refuses", [False, True])
@pytest.mark.parametrize(("people", "pages"), [(0, 1), (1, 1), (250, 1), (251, 2), (1230, 5)])
def test_pages_are_followed_to_the_last(people: int, pages: int, refuses: bool) -> None:
    kratos = Later(people, refuses=refuses)
    found = count("https://proxy/ory/kratos", kratos)
    assert (found.number, found.pages) == (people, pages)
    assert len(kratos.asked) == pages + 1


def test_pages_that_go_in_a_ring_are_refused() -> None:
    def ring(_url: str) -> Answer:
        return Answer([{"id": "a"}], Link='</admin/identities?page_size=250&page_token=x>; rel="next"')

    with pytest.raises(ServerError, match="names the same page of identities twice"):
        count("http://k", ring)


@pytest.mark.parametrize("body", [{"error": "x"}, ["a"], None])
def test_what_is_no_list_of_identities_is_refused(body: Any) -> None:
    with pytest.raises(ServerError, match="no list of identities; check kratos_admin_url"):
        count("http://k", lambda url: Answer(body))


def test_silence_has_a_reason() -> None:
    def silent(_url: str) -> Answer:
        raise URLError("Connection refused")

    with pytest.raises(ServerError, match=r"Kratos at http://k/admin/identities cannot be asked .*refused"):
        count("http://k", silent)
