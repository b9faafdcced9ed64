# SPDX-License-Identifier: GPL-3.0-or-later
"""Kratos' DSN: what the MySQL driver takes as it is, a URL has to encode."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import psycopg.conninfo
import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.alkemio.convergence.plugins.filter.kratos_dsn import kratos_dsn
from ansible_collections.alkemio.convergence.plugins.filter.kratos_dsn_parts import kratos_dsn_parts
from ansible_collections.alkemio.convergence.plugins.filter.kratos_secret_fingerprints import (
    kratos_secret_fingerprints,
)
from hypothesis import given
from hypothesis import strategies as st

PASSWORDS = [
    "plain",
    "with@at",
    "with:colon",
    "with/slash",
    "with?mark",
    "with#hash",
    "100%",
    "%41",
    "a$b",
    "${HOME}",
    "$$",
    "a&b=c",
    "with space",
    "zwölf €😀",
    "p@ss:w/o?r#d%20$&",
    "tcp(x:1)/y",
    "[::1]",
    "'\"\\",
]


@pytest.mark.parametrize("password", PASSWORDS)
def test_password_arrives_at_the_driver_as_it_was(password: str) -> None:
    url = kratos_dsn(
        f"mysql://root:{password}@tcp(mysql:3306)/kratos?max_conns=20&max_idle_conns=4", host="postgres"
    )
    assert url.count("?") == 1, "Kratos works only with exactly one"
    assert unquote(urlsplit(url).password or "") == password
    assert url.endswith("@postgres:5432/kratos?sslmode=disable&max_conns=20&max_idle_conns=4")
    assert psycopg.conninfo.conninfo_to_dict(url.partition("?")[0])["password"] == password


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_any_password_makes_a_url_of_ascii(password: str) -> None:
    url = kratos_dsn("mysql://u@tcp(h:3306)/kratos", password=password)
    assert url.isascii()
    assert unquote(urlsplit(url).password or "") == password


@pytest.mark.parametrize("password", PASSWORDS)
def test_applying_it_again_changes_nothing(password: str) -> None:
    url = kratos_dsn("mysql://root@tcp(mysql:3306)/kratos?max_conns=20", password=password)
    assert kratos_dsn(url) == url


def test_pool_stays_and_what_only_mysql_knows_goes() -> None:
    dsn = (
        "mysql://u:p@tcp(h:3306)/kratos?max_conns=20&max_idle_conns=4&max_conn_lifetime=30m&max_conn_idle_time=5m"
        "&parseTime=true&multiStatements=true&clientFoundRows=true&charset=utf8mb4&loc=UTC&sql_mode=ANSI"
    )
    assert kratos_dsn(dsn) == (
        "postgres://u:p@h:5432/kratos?sslmode=disable&max_conns=20&max_idle_conns=4&max_conn_lifetime=30m"
        "&max_conn_idle_time=5m"
    )
    assert kratos_dsn_parts(dsn)["dropped"] == [
        "parseTime",
        "multiStatements",
        "clientFoundRows",
        "charset",
        "loc",
        "sql_mode",
    ]


@pytest.mark.parametrize(
    ("tls", "sslmode"),
    [
        ("true", "verify-full"),
        ("skip-verify", "require"),
        ("preferred", "prefer"),
        ("false", "disable"),
        ("own", "require"),
    ],
)
def test_tls_is_translated(tls: str, sslmode: str) -> None:
    assert kratos_dsn(f"mysql://u:p@tcp(h:1)/k?tls={tls}") == f"postgres://u:p@h:5432/k?sslmode={sslmode}"


def test_a_given_sslmode_wins() -> None:
    assert kratos_dsn("mysql://u:p@tcp(h:1)/k?tls=true", sslmode="require").endswith("?sslmode=require")
    assert kratos_dsn("postgres://u:p@h/k?sslmode=disable", sslmode="require").endswith("?sslmode=require")


@pytest.mark.parametrize(("timeout", "seconds"), [("5s", "5"), ("2m", "120"), ("100ms", "1")])
def test_timeout_is_translated(timeout: str, seconds: str) -> None:
    assert f"connect_timeout={seconds}" in kratos_dsn(f"mysql://u:p@tcp(h:1)/k?timeout={timeout}")


@pytest.mark.parametrize(
    ("dsn", "url"),
    [
        ("mysql://u:p@tcp([fe80::1]:3306)/k", "postgres://u:p@[fe80::1]:5432/k?sslmode=disable"),
        ("mysql://u@tcp(h)/k", "postgres://u@h:5432/k?sslmode=disable"),
        ("mysql://u:p@h:3306/k", "postgres://u:p@h:5432/k?sslmode=disable"),
        ("postgresql://u:p@h:6543/k", "postgres://u:p@h:6543/k"),
        ("postgres://u:p@tcp(h:5432)/k?parseTime=true", "postgres://u:p@h:5432/k"),
    ],
)
def test_addresses_are_understood(dsn: str, url: str) -> None:
    assert kratos_dsn(dsn) == url


@pytest.mark.parametrize(
    ("dsn", "reason"),
    [
        ("memory", "must begin with its scheme"),
        ("sqlite:///x", "neither MySQL nor PostgreSQL"),
        ("mysql://u:secret@tcp(h:1)", "no / before the database"),
        ("mysql://u:secret@unix(/run/mysqld.sock)/k", "give its host"),
    ],
)
def test_what_cannot_be_translated_is_refused_without_showing_it(dsn: str, reason: str) -> None:
    with pytest.raises(AnsibleFilterError, match=reason) as refusal:
        kratos_dsn(dsn)
    assert "secret" not in str(refusal.value)


def test_parts_are_decoded() -> None:
    parts = kratos_dsn_parts("postgres://u%40x:p%2Fw@h:5432/kratos?sslmode=disable")
    assert (parts["scheme"], parts["user"], parts["password"], parts["host"]) == (
        "postgres",
        "u@x",
        "p/w",
        "h",
    )
    assert parts["parameters"] == {"sslmode": "disable"}


def test_fingerprints_of_secrets_tell_a_change_and_nothing_else() -> None:
    configuration = {"secrets": {"cookie": ["hidden"], "cipher": ["other"]}}
    before = kratos_secret_fingerprints(configuration, {}, "key")
    assert set(before) == {"cookie", "cipher"}
    assert kratos_secret_fingerprints(configuration, {}, "key") == before
    changed = kratos_secret_fingerprints(configuration, {"SECRETS_COOKIE": "hidden,new"}, "key")
    assert (changed["cookie"] != before["cookie"], changed["cipher"] == before["cipher"]) == (True, True)
    assert kratos_secret_fingerprints(configuration, {}, "another key")["cookie"] != before["cookie"]


def test_secrets_that_are_random_at_each_start_are_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="random ones"):
        kratos_secret_fingerprints({"secrets": {"cipher": ["x"]}}, None, "key")
