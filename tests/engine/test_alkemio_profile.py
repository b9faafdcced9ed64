# SPDX-License-Identifier: GPL-3.0-or-later
"""What the profile of Alkemio says of e-mails and of JSON, on a platform that has some of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import MisfitsFound

from tests.engine.conftest import Family, Fresh
from tests.engine.test_releases import said
from tests.support.engine import places
from tests.support.engine.migration import Migration


@pytest.fixture(scope="module")
def run(family: Family, fresh: Fresh) -> Iterator[Migration]:
    source = places.seeded_source(family.server, "alkemio")
    found: Migration = fresh(family, "alkemio", alkemio=source)
    yield found
    places.drop(family.server, source)


def users(run: Migration) -> list[str]:
    """Ids of all users on the source."""
    return [row[0] for row in places.ask(run.source, run.moves[0].source, "SELECT id FROM user ORDER BY id")]


@pytest.mark.long
def test_mixed_case_is_reported_with_keys_and_lowered_where_it_is_chosen(run: Migration) -> None:
    source = run.moves[0].source
    first, second, *_others = users(run)
    places.ask(
        run.source,
        source,
        "UPDATE user SET email = CONCAT('user-', id, '@example.org'), accountUpn = LOWER(accountUpn)",
        "UPDATE platform_invitation SET email = LOWER(email)",
    )
    text = said(run)
    assert "with capital letters" not in text
    assert "written in lower case" not in text

    places.ask(
        run.source,
        source,
        f"UPDATE user SET email = 'Zoë.Smith@Example.ORG' WHERE id = '{first}'",
        f"UPDATE user SET accountUpn = CONCAT('X', accountUpn) WHERE id = '{second}'",
    )
    text = said(run)
    assert f"alkemio: user.email with capital letters: 1, the first by id: {first}. PostgreSQL tells" in text
    assert f"alkemio: user.accountUpn with capital letters: 1, the first by id: {second}." in text
    assert "Example.ORG" not in text
    assert "Nothing would stop a migration" in text or "time zone" in text

    chosen = replace(run, moves=[replace(run.moves[0], rules={"choose": ["lower_case_emails"]})])
    assert chosen.all().equal
    target = chosen.moves[0].target
    emails = dict(places.ask(run.target, target, 'SELECT id::text, email FROM "user"'))
    assert emails[first] == "zoë.smith@example.org"
    assert emails[second] == f"user-{second}@example.org"
    changed = [line for line in chosen.alterations() if line["column"] == "email"]
    assert [(line["table"], line["policy"]) for line in changed] == [("user", "computed by rule")]
    assert "Zoë" not in str(changed)


def test_json_that_the_next_release_cannot_convert_is_named(family: Family, fresh: Fresh) -> None:
    source = places.seeded_source(family.server, "alkemio")
    run: Migration = fresh(family, "alkemio", alkemio=source)
    places.ask(run.source, source, 'UPDATE platform SET settings = \'{"a": "x\\\\u0000y"}\'')
    run.prepare()
    with pytest.raises(MisfitsFound) as caught:
        run.dump(check=True)
    kinds = [(one["table"], one["column"], one["class"]) for one in caught.value.details["misfits"]]
    assert kinds == [("platform", "settings", "json_nul")]
    places.drop(family.server, source)
