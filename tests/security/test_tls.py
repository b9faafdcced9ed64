# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS to each server: a good certificate is taken, a bad one is refused with what is wrong and what to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import ServerError
from ansible_collections.alkemio.convergence.plugins.module_utils._logins import MySQLLogin, PostgreSQLLogin
from ansible_collections.alkemio.convergence.plugins.module_utils._mysql import connection as mysql
from ansible_collections.alkemio.convergence.plugins.module_utils._postgresql import connection as postgresql

from tests.security import certificates, stripper
from tests.security.certificates import Authority, Pair
from tests.support.engine import places
from tests.support.servers.server import Server

KINDS = ("mariadb", "mysql", "postgresql")


@dataclass(frozen=True)
class Papers:
    """What a server shows, and what the client trusts."""

    ours: Authority
    good: Pair
    expired: Pair
    not_yet: Pair
    elsewhere: Pair
    foreign: Pair
    ca_cert: str
    other_ca: str


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("papers")
    ours, theirs = Authority("the authority of these tests"), Authority("somebody else")
    return Papers(
        ours,
        ours.issue("localhost"),
        ours.issue("localhost", valid=(-30, -1)),
        ours.issue("localhost", valid=(2, 30)),
        ours.issue("elsewhere.example.org"),
        theirs.issue("localhost"),
        certificates.write(folder, "ca.pem", ours.pem),
        certificates.write(folder, "other.pem", theirs.pem),
    )


Show = Callable[[Pair], None]


@dataclass(frozen=True)
class Tls:
    """A server whose certificate a test chooses."""

    server: Server
    show: Show

    def connect(self, ca_cert: str | None, *, any_name: bool = False, host: str = "localhost") -> str:
        """One session with verification; gives the protocol that the server says it speaks.

        What preflight would say of the session must be the same.
        """
        server = self.server
        if server.kind == "postgresql":
            mode = "require" if ca_cert is None else "verify-ca" if any_name else "verify-full"
            role = PostgreSQLLogin(host, server.port, server.user, server.password, None, mode, ca_cert)
            connection = postgresql.connect(role, "postgres", "test")
            statement = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            with connection:
                protocol = str(postgresql.query(connection, statement)[0][0])
                said = postgresql.in_force(connection, role)
            return _as_said(protocol, said, ca_cert, any_name)
        login = MySQLLogin(host, server.port, server.user, server.password, ca_cert=ca_cert)
        login = replace(login, check_hostname=not any_name)
        session = mysql.connect(login)
        try:
            protocol = str(mysql.query(session, "SHOW STATUS LIKE 'Ssl_version'")[0][1])
            return _as_said(protocol, mysql.in_force(session, login), ca_cert, any_name)
        finally:
            session.close()


def _as_said(protocol: str, said: str, ca_cert: str | None, any_name: bool) -> str:
    """The protocol, if `said` names it, and whose certificate was checked."""
    checked = (
        f"verified by {ca_cert}{', for any name' if any_name else ''}" if ca_cert else "not verified, local"
    )
    assert said.endswith(f": {protocol.replace('TLSv', 'TLS ')}, certificate {checked}.")
    return protocol


@pytest.fixture(scope="module", params=KINDS)
def tls(request: pytest.FixtureRequest, papers: Papers) -> Tls:
    server = request.getfixturevalue(request.param)
    authorities = Path(papers.ca_cert).read_bytes() + Path(papers.other_ca).read_bytes()
    return Tls(server, _prepared(server, papers.good, authorities))


def _prepared(server: Server, first: Pair, authorities: bytes) -> Show:
    """Let the server speak TLS; gives what changes its certificate while it runs."""
    reload = {
        "mariadb": "FLUSH SSL",
        "mysql": "ALTER INSTANCE RELOAD TLS",
        "postgresql": "SELECT pg_reload_conf()",
    }

    def show(pair: Pair) -> None:
        certificates.put(server, "tls.crt", pair.certificate)
        certificates.put(server, "tls.key", pair.key)
        places.ask(server, None, reload[server.kind])

    cert = certificates.put(server, "tls.crt", first.certificate)
    key = certificates.put(server, "tls.key", first.key)
    if server.kind == "mariadb":
        server.settings |= {"ssl_cert": cert, "ssl_key": key}
        server.stop()
        server.start()
    elif server.kind == "mysql":
        # In place of the authority that it made at its first start: for certificates of clients, as here none is.
        certificates.put(server, "ca.crt", authorities)
        changes = {"ssl_ca": cert.replace("tls.crt", "ca.crt"), "ssl_cert": cert, "ssl_key": key}
        statements = [f"SET GLOBAL {name} = '{value}'" for name, value in changes.items()]
        places.ask(server, None, *statements, reload["mysql"])
    else:
        places.ask(server, None, f"ALTER SYSTEM SET ssl_cert_file = '{cert}'")
        places.ask(server, None, f"ALTER SYSTEM SET ssl_key_file = '{key}'", "ALTER SYSTEM SET ssl = on")
        places.ask(server, None, reload["postgresql"])
    return show


def test_a_good_certificate_is_taken(tls: Tls, papers: Papers) -> None:
    tls.show(papers.good)
    assert tls.connect(papers.ca_cert).startswith("TLSv1.")
    assert tls.connect(papers.ca_cert, host="127.0.0.1").startswith("TLSv1.")


def test_without_an_authority_the_session_is_encrypted_still(tls: Tls, papers: Papers) -> None:
    tls.show(papers.foreign)
    assert tls.connect(None).startswith("TLSv1.")


@pytest.mark.parametrize(
    ("shown", "trusted", "says"),
    [
        ("expired", "ca_cert", "has expired. Renew it on the server."),
        (
            "elsewhere",
            "ca_cert",
            "is not made for the name 'localhost'. Set login_host to a name that stands in",
        ),
        ("foreign", "ca_cert", "is not signed by an authority in"),
        ("good", "other_ca", "is not signed by an authority in"),
    ],
)
def test_a_bad_certificate_is_refused_by_its_fault(
    tls: Tls, papers: Papers, shown: str, trusted: str, says: str
) -> None:
    if (tls.server.kind, shown) == ("mysql", "expired"):
        # It takes none while it runs that has expired already.
        tls.show(papers.ours.issue("localhost", valid=(-1, 2 / 86400)))
        time.sleep(3)
    else:
        tls.show(getattr(papers, shown))
    with pytest.raises(ServerError) as caught:
        tls.connect(getattr(papers, trusted))
    assert says in str(caught.value)
    assert f"server localhost:{tls.server.port} " in str(caught.value)
    assert tls.server.password not in repr(caught.value)


def test_a_certificate_of_tomorrow_is_refused(tls: Tls, papers: Papers) -> None:
    if tls.server.kind != "mysql":  # which takes none while it runs
        tls.show(papers.not_yet)
        with pytest.raises(ServerError, match=r"is not valid yet\. Compare the clocks"):
            tls.connect(papers.ca_cert)


def test_another_name_is_taken_when_the_option_says_so(tls: Tls, papers: Papers) -> None:
    tls.show(papers.elsewhere)
    assert tls.connect(papers.ca_cert, any_name=True).startswith("TLSv1.")
    tls.show(papers.foreign)
    with pytest.raises(ServerError, match="not signed by an authority"):
        tls.connect(papers.ca_cert, any_name=True)


def test_files_that_are_none_are_named(tls: Tls, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="ca_cert cannot be read: No such file"):
        tls.connect(str(tmp_path / "nothing.pem"))
    (tmp_path / "empty.pem").write_text("not a certificate", encoding="ascii")
    with pytest.raises(ServerError, match="holds no certificate in PEM form"):
        tls.connect(str(tmp_path / "empty.pem"))


def test_nothing_is_told_to_somebody_who_strips_tls(tls: Tls, papers: Papers) -> None:
    with stripper.listening(tls.server) as heard, pytest.raises(ServerError) as caught:
        Tls(replace(tls.server, port=heard.port), tls.show).connect(papers.ca_cert)
    assert "offers no TLS, and" in str(caught.value)
    assert not any(tls.server.user.encode() in block for block in heard.told)
    assert len(b"".join(heard.told)) < 8
