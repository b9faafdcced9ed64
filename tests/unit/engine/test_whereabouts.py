# SPDX-License-Identifier: GPL-3.0-or-later
"""What sessions prove of a service: nothing that may be somebody else's, older than the cut-over, or not shown."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql.processlist import Session
from ansible_collections.alkemio.convergence.plugins.module_utils._operate.whereabouts import (
    Finding,
    Looked,
    Service,
    judge,
)
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql.activity import Activity


def service(name: str = "server", **options: Any) -> Service:
    given = {"target_users": ["app"], "target_databases": ["shop"], "source_users": ["root"], **options}
    return Service.of({"name": name, **given})


def on_target(**facts: Any) -> Activity:
    given = {"user": "app", "database": "shop", "application": "", "address": "10.0.0.5", "age": 5.0}
    return Activity(**{**given, **facts})


def on_source(user: str = "root", database: str = "shop") -> Session:
    return Session(7, user, "10.0.0.5", database, "Sleep", 3)


def found(
    *target: Activity,
    source: tuple[Session, ...] | str = (),
    services: tuple[Service, ...] = (),
    since: float | None = 60,
) -> Finding:
    return judge(services or (service(),), Looked(target, source), since)[0]


def test_a_session_on_the_target_and_none_on_the_source_prove_it() -> None:
    finding = found(on_target(), on_target(application="node"))
    assert finding.failed == finding.not_proved == ()
    assert finding.proved == (
        "2 sessions on PostgreSQL as app on shop (from 10.0.0.5, named node)",
        "none left on the source",
    )


@pytest.mark.parametrize(
    "other",
    [
        {"user": "clerk"},
        {"database": "kratos"},
        {"application": "psql"},
        {"application": "convergence: verify"},
        {"application": "pgAdmin 4 - DB:shop"},
    ],
)
def test_a_session_of_others_proves_nothing(other: dict[str, Any]) -> None:
    assert found(on_target(**other)).failed == ("PostgreSQL shows no session as app on shop",)


def test_a_session_from_before_the_cut_over_proves_nothing() -> None:
    finding = found(on_target(age=90.0))
    assert finding.failed == (
        "PostgreSQL shows no session as app on shop; 1 session began before the cut-over, when the service stood still",
    )
    assert found(on_target(age=90.0), since=None).failed == ()


def test_what_the_login_may_not_see_proves_nothing() -> None:
    hidden = on_target(address=None, age=None)
    (told,) = found(hidden).failed
    assert "of 1 session the login sees neither address nor age" in told
    assert found(hidden, since=None).failed == ()
    (told,) = found(hidden, services=(service(addresses=["10.0.0.0/8"]),), since=None).failed
    assert "let an administrator GRANT pg_read_all_stats" in told


def test_an_account_that_services_share_proves_nothing_of_either_until_they_are_told_apart() -> None:
    one, other = service(), service("kratos", target_databases=[])
    sessions = (on_target(application="kratos"), on_target(application="server"))
    for finding in judge((one, other), Looked(sessions, ()), 60):
        assert "2 sessions may be of" in finding.failed[0]
    named = service(application_names=["server"]), service("kratos", application_names=["kratos"])
    assert [one.failed for one in judge(named, Looked(sessions, ()), 60)] == [(), ()]
    near = service(addresses=["10.0.0.5"]), service("kratos", addresses=["10.0.1.0/24", "::1"])
    apart = (on_target(), on_target(address="::1"))
    assert [one.failed for one in judge(near, Looked(apart, ()), 60)] == [(), ()]


def test_a_tool_counts_where_it_is_named_and_a_socket_has_no_address() -> None:
    assert found(on_target(application="psql"), services=(service(application_names=["psql"]),)).failed == ()
    assert found(on_target(address=""), services=(service(addresses=["0.0.0.0/0"]),)).failed != ()
    assert "from a socket" in found(on_target(address="")).proved[0]


def test_too_few_sessions_are_counted() -> None:
    (told,) = found(on_target(), services=(service(sessions=2),)).failed
    assert told == "PostgreSQL shows 1 of 2 sessions as app on shop"


@pytest.mark.parametrize("database", ["shop", "", "other"])
def test_a_session_left_on_the_source_fails(database: str) -> None:
    finding = found(on_target(), source=(on_source(database=database), on_source("clerk")))
    assert finding.failed == (
        f"still on the source: root from 10.0.0.5 on {database or 'no database'} (Sleep, 3 s)",
    )


def test_another_database_of_the_same_account_is_not_the_services_where_it_names_its_own() -> None:
    services = (service(source_databases=["shop"]),)
    assert found(on_target(), source=(on_source(database="other"),), services=services).failed == ()
    assert found(on_target(), source=(on_source(database=""),), services=services).failed != ()


def test_a_source_that_was_not_asked_is_not_proved_and_does_not_fail() -> None:
    finding = found(on_target(), source="it is off")
    assert finding.failed == ()
    assert finding.not_proved == ("that none of it is left on the source, which was not asked: it is off",)
    finding = found(on_target(), source=(on_source(),), services=(service(source_users=[]),))
    assert finding.not_proved == (
        "that none of it is left on the source, since no account there is declared",
    )


def test_a_service_without_an_account_is_not_asked() -> None:
    finding = found(on_target(), services=(Service("files"),))
    assert (finding.proved, finding.failed) == ((), ())
    assert finding.not_proved == ("not asked, since no account of it is declared",)


def test_what_nothing_can_be_told_by_is_refused() -> None:
    with pytest.raises(InputError, match=r"server: '10\.0\.0\.300' in addresses is neither"):
        service(addresses=["10.0.0.300"])
    with pytest.raises(InputError, match="server names no account on the target"):
        service(target_users=[])
