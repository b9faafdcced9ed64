# SPDX-License-Identifier: GPL-3.0-or-later
"""A password goes where the channel is guarded, or where the operator's word says so; to a rogue it never goes."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils import _channels
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import ServerError
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin, PostgreSQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import connection as mysql
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import connection as postgresql

from tests.security import certificates
from tests.security.certificates import Authority, Pair
from tests.security.rogue import Rogue, at_port, at_socket

pytestmark = pytest.mark.fault("B2")

USER, PASSWORD = "anna", "anna's own pass phrase"
CLEAR_PLUGINS = ("mysql_clear_password", "dialog", "mysql_old_password")
PLUGINS = (*CLEAR_PLUGINS, "mysql_native_password", "caching_sha2_password", "sha256_password")
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
WITHOUT = ("disable", "allow", "prefer", "require")


@dataclass(frozen=True)
class Papers:
    """Certificates: of a server that the client trusts, of somebody else, and of the client."""

    good: Pair
    foreign: Pair
    ca_cert: str
    client_cert: str
    client_key: str


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("papers")
    ours, theirs = Authority("the authority of these tests"), Authority("somebody else")
    client = ours.issue("client")
    return Papers(
        ours.issue("localhost"),
        theirs.issue("localhost"),
        certificates.write(folder, "ca.pem", ours.pem),
        certificates.write(folder, "client.pem", client.certificate),
        certificates.write(folder, "client.key", client.key),
    )


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """This host's own addresses count as another's, since the tests' traffic stays on this host."""
    monkeypatch.setattr(_channels, "is_loopback", lambda _address: False)


def login_to_source(rogue: Rogue, **options: Any) -> None:
    """One attempt, with an end to it."""
    mysql.connect(MySQLLogin(**{"port": rogue.port, "user": USER, "password": PASSWORD, **options}))


def login_to_target(rogue: Rogue, **options: Any) -> None:
    """One attempt, with an end to it."""
    login = PostgreSQLLogin(**{"port": rogue.port, "user": USER, "password": PASSWORD, **options})
    postgresql.connect(login, "shop", "test")


def refused(attempt: Callable[..., None], rogue: Rogue, **options: Any) -> str:
    """What the attempt is refused with, which never names the password."""
    with pytest.raises(ServerError) as caught:
        attempt(rogue, **options)
    assert PASSWORD not in repr(caught.value)
    return str(caught.value)


# --- an address that is not local --------------------------------------------------------------------


def source_options(papers: Papers) -> list[dict[str, Any]]:
    """Those of which none checks a certificate."""
    client = {"client_cert": papers.client_cert, "client_key": papers.client_key}
    return [{}, {"check_hostname": False}, client, {**client, "check_hostname": False}]


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_far_source_without_a_checked_certificate_is_not_even_called(
    far: None, papers: Papers, plugin: str, tls: bool
) -> None:
    with at_port(Rogue(plugin, papers.good if tls else None)) as rogue:
        for options in source_options(papers):
            message = refused(login_to_source, rogue, **options)
            assert f"source server localhost:{rogue.port} is not on this host (127.0.0.1" in message
            assert "migration_source_ca_cert" in message
            assert "migration_source_trust_network) to true" in message
    assert (rogue.calls, rogue.told) == (0, [])


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("way", ["cleartext", "md5"])
def test_a_far_target_without_a_checked_certificate_is_not_even_called(
    far: None, papers: Papers, way: str, tls: bool
) -> None:
    with at_port(Rogue(way, papers.good if tls else None)) as rogue:
        for mode in WITHOUT:
            for ca_cert in (None, papers.ca_cert):
                message = refused(login_to_target, rogue, ssl_mode=mode, ca_cert=ca_cert)
                assert f"target server localhost:{rogue.port} is not on this host" in message
                assert "migration_target_ca_cert" in message
                assert "migration_target_trust_network) to true" in message
    assert (rogue.calls, rogue.told) == (0, [])


@pytest.mark.parametrize("word", [False, True])
@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_source_whose_certificate_is_to_be_checked_learns_nothing_without_a_good_one(
    far: None, papers: Papers, plugin: str, word: bool
) -> None:
    for pair in (None, papers.foreign):
        with at_port(Rogue(plugin, pair)) as rogue:
            for name in (True, False):
                refused(
                    login_to_source,
                    rogue,
                    ca_cert=papers.ca_cert,
                    check_hostname=name,
                    trust_network=word,
                )
        assert rogue.calls == 2
        assert not any(USER.encode() in block for block in rogue.told)


@pytest.mark.parametrize("word", [False, True])
@pytest.mark.parametrize("way", ["cleartext", "md5"])
def test_a_target_whose_certificate_is_to_be_checked_learns_nothing_without_a_good_one(
    far: None, papers: Papers, way: str, word: bool
) -> None:
    for pair in (None, papers.foreign):
        with at_port(Rogue(way, pair)) as rogue:
            for mode in ("verify-ca", "verify-full"):
                refused(login_to_target, rogue, ssl_mode=mode, ca_cert=papers.ca_cert, trust_network=word)
        assert rogue.calls >= 2
        assert rogue.told == []


# --- plugins that want the password in clear -----------------------------------------------------------


@pytest.mark.parametrize("place", ["local", "far"])
@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("plugin", CLEAR_PLUGINS)
def test_no_plugin_of_clear_text_is_answered(
    papers: Papers, request: pytest.FixtureRequest, plugin: str, tls: bool, place: str
) -> None:
    """On this host too, and where the network is trusted: neither says who it is that asks."""
    if place == "far":
        request.getfixturevalue("far")
    with at_port(Rogue(plugin, papers.foreign if tls else None)) as rogue:
        for options in source_options(papers)[: 4 if tls else 1]:
            message = refused(login_to_source, rogue, trust_network=place == "far", **options)
            assert f"asks for the password of 'anna' in clear text ({plugin}), and gets none" in message
            assert "migration_source_ca_cert" in message
    assert rogue.calls > 0
    assert not rogue.knows(PASSWORD)
    answers = [block for block in rogue.told if USER.encode() not in block and len(block) != 32]
    assert answers == []


@pytest.mark.parametrize("place", ["local", "far"])
@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("mode", WITHOUT)
def test_no_request_for_a_clear_password_is_answered(
    papers: Papers,
    request: pytest.FixtureRequest,
    mode: str,
    tls: bool,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if place == "far":
        request.getfixturevalue("far")
    monkeypatch.setenv("PGREQUIREAUTH", "password")
    with at_port(Rogue("cleartext", papers.foreign if tls else None)) as rogue:
        message = refused(login_to_target, rogue, ssl_mode=mode, trust_network=place == "far")
    assert rogue.calls > 0
    assert not rogue.knows(PASSWORD)
    if mode != "require" or tls:
        assert "asks for the password of 'anna' in clear text, and gets none" in message
        assert "scram-sha-256" in message


@pytest.mark.parametrize("tls", [False, True])
def test_what_the_word_means_on_the_source(far: None, papers: Papers, tls: bool) -> None:
    """As docs/security.md says: an account of caching_sha2_password tells whoever answers its password."""
    with at_port(Rogue("caching_sha2_password", papers.foreign if tls else None)) as rogue:
        assert "refused the login" in refused(login_to_source, rogue, trust_network=True)
    assert rogue.knows(PASSWORD)


def test_what_the_word_means_on_the_target(far: None) -> None:
    with at_port(Rogue("md5")) as rogue:
        refused(login_to_target, rogue, trust_network=True)
    assert any(block.startswith(b"md5") for block in rogue.told)
    assert not rogue.knows(PASSWORD)


# --- where the password may go -----------------------------------------------------------------------


@pytest.mark.parametrize("plugin", ["mysql_clear_password", "dialog"])
def test_a_source_with_a_good_certificate_may_ask_in_clear(far: None, papers: Papers, plugin: str) -> None:
    """An account of PAM or LDAP works so."""
    with at_port(Rogue(plugin, papers.good)) as rogue:
        refused(login_to_source, rogue, ca_cert=papers.ca_cert)
    assert rogue.knows(PASSWORD)


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_a_target_with_a_good_certificate_may_ask_in_clear(far: None, papers: Papers, mode: str) -> None:
    with at_port(Rogue("cleartext", papers.good)) as rogue:
        refused(login_to_target, rogue, ssl_mode=mode, ca_cert=papers.ca_cert)
    assert rogue.knows(PASSWORD)


def test_a_unix_socket_needs_nothing_else(far: None, tmp_path: Path) -> None:
    with at_socket(Rogue("mysql_clear_password"), tmp_path / "mysql.sock") as rogue:
        refused(login_to_source, rogue, unix_socket=str(tmp_path / "mysql.sock"))
    assert rogue.knows(PASSWORD)
    for options in ({"unix_socket": str(tmp_path)}, {"host": str(tmp_path)}):
        with at_socket(Rogue("cleartext", port=5432), tmp_path / ".s.PGSQL.5432") as rogue:
            refused(login_to_target, rogue, **options)
        assert rogue.knows(PASSWORD)
        (tmp_path / ".s.PGSQL.5432").unlink()


# --- names and addresses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.0.2.1", False),
        ("192.0.2.1", False),
        ("10.0.0.1", False),
        ("169.254.1.1", False),
        ("fe80::1%eth0", False),
        ("0.0.0.0", False),
        ("128.0.0.1", False),
    ],
)
def test_which_addresses_are_of_this_host(address: str, is_one: bool) -> None:
    assert _channels.is_loopback(address) is is_one
    assert _channels.is_local([address]) is is_one


def test_a_name_is_local_when_all_of_its_addresses_are() -> None:
    assert _channels.is_local(["127.0.0.1", "::1"])
    assert not _channels.is_local(["127.0.0.1", "192.0.2.1"])
    assert not _channels.is_local([])


@dataclass
class Names:
    """A resolver that answers for one name, each time with the next of these answers."""

    name: str
    answers: list[list[str]]
    asked: int = 0

    def __call__(self, host: str, port: int, *_words: Any, **_options: Any) -> list[Any]:
        assert host in {self.name, "127.0.0.1", "127.0.0.2"}, host
        if host != self.name:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]


LOGINS: list[Callable[..., None]] = [login_to_source, login_to_target]
WITH_A_HASH = list(zip(LOGINS, ("mysql_native_password", "md5"), strict=True))


@pytest.mark.parametrize(("attempt", "way"), WITH_A_HASH)
def test_the_address_that_was_judged_is_the_one_that_is_called(
    monkeypatch: pytest.MonkeyPatch, attempt: Callable[..., None], way: str
) -> None:
    """A name that answers first with this host and then with another is asked once."""
    names = Names("twice.example.org", [["127.0.0.1"], ["192.0.2.1"]])
    monkeypatch.setattr(socket, "getaddrinfo", names)
    with at_port(Rogue(way)) as rogue:
        assert "refused the login" in refused(attempt, rogue, host="twice.example.org")
    assert (names.asked, rogue.calls) == (1, 1)


@pytest.mark.parametrize("attempt", LOGINS)
def test_a_name_with_one_far_address_is_far(
    monkeypatch: pytest.MonkeyPatch, attempt: Callable[..., None]
) -> None:
    names = Names("both.example.org", [["127.0.0.1", "192.0.2.1"]])
    monkeypatch.setattr(socket, "getaddrinfo", names)
    with at_port(Rogue("md5")) as rogue:
        assert "not on this host (127.0.0.1, 192.0.2.1)" in refused(attempt, rogue, host="both.example.org")
    assert rogue.calls == 0


@pytest.mark.parametrize(("attempt", "way"), WITH_A_HASH)
def test_the_next_address_is_called_when_the_first_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, attempt: Callable[..., None], way: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names("two.example.org", [["127.0.0.2", "127.0.0.1"]]))
    with at_port(Rogue(way)) as rogue:
        assert "refused the login" in refused(attempt, rogue, host="two.example.org")
    assert rogue.calls == 1


@pytest.mark.parametrize("attempt", LOGINS)
def test_a_name_that_nobody_knows_is_named(attempt: Callable[..., None]) -> None:
    message = refused(attempt, Rogue("md5"), host="nobody.invalid")
    assert "Cannot connect to the" in message
    assert "server nobody.invalid:0" in message
    assert "Check login_host." in message


# --- what is in force --------------------------------------------------------------------------------

SOURCE = MySQLLogin(host="db.example.org")
TARGET = PostgreSQLLogin(host="db.example.org")
WORD = "trusted by trust_network (migration_"


@pytest.mark.parametrize(
    ("login", "peer", "tls", "says"),
    [
        (SOURCE, None, None, "through a Unix socket."),
        (SOURCE, "127.0.0.1", None, "not encrypted, local."),
        (SOURCE, "127.0.0.1", "TLSv1.3", "TLS 1.3, certificate not verified, local."),
        (SOURCE, "192.0.2.1", None, f"not encrypted, {WORD}source_trust_network)."),
        (SOURCE, "192.0.2.1", "TLSv1.2", f"TLS 1.2, certificate not verified, {WORD}source_trust_network)."),
        (
            replace(SOURCE, ca_cert="/ca.pem"),
            "192.0.2.1",
            "TLSv1.3",
            "TLS 1.3, certificate verified by /ca.pem.",
        ),
        (
            replace(SOURCE, ca_cert="/ca.pem", check_hostname=False),
            "192.0.2.1",
            "TLSv1.3",
            "TLS 1.3, certificate verified by /ca.pem, for any name.",
        ),
        (TARGET, "192.0.2.1", None, f"not encrypted, {WORD}target_trust_network)."),
        (
            replace(TARGET, ssl_mode="verify-ca", ca_cert="system"),
            "192.0.2.1",
            "TLSv1.3",
            "TLS 1.3, certificate verified by system, for any name.",
        ),
        (
            replace(TARGET, ssl_mode="require", ca_cert="/ca.pem"),
            "127.0.0.1",
            "TLSv1.3",
            "TLS 1.3, certificate not verified, local.",
        ),
    ],
)
def test_what_is_in_force_is_said(
    login: MySQLLogin | PostgreSQLLogin, peer: str | None, tls: str | None, says: str
) -> None:
    side = "source" if isinstance(login, MySQLLogin) else "target"
    assert _channels.in_force(login, peer, tls) == f"The {side} server {login.address}: {says}"
