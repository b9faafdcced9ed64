# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate authorities and servers' certificates, good and bad ones, made for one test run."""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.support.servers import host
from tests.support.servers.server import Server

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, in PEM form."""

    certificate: bytes
    key: bytes


class Authority:
    """Signs certificates."""

    def __init__(self, name: str) -> None:
        self._authority = trustme.CA(organization_name=name, path_length=0)

    @property
    def pem(self) -> bytes:
        return self._authority.cert_pem.bytes()

    def issue(self, name: str, *, valid: tuple[float, float] = (-1, 30)) -> Pair:
        """For a host name (and its loopback address, if it is localhost); `valid`: days from today."""
        names = [name, "127.0.0.1"] if name == "localhost" else [name]
        now = datetime.datetime.now(datetime.timezone.utc)
        leaf = self._authority.issue_cert(
            *names, not_before=now + valid[0] * DAY, not_after=now + valid[1] * DAY
        )
        return Pair(leaf.cert_chain_pems[0].bytes(), leaf.private_key_pem.bytes())


def put(server: Server, name: str, content: bytes) -> str:
    """A file that only the server can read; gives its path as the server sees it."""
    path = server.folder / name
    path.touch(mode=0o600)
    path.write_bytes(content)
    if host.is_root():
        os.chown(path, *host.service_ids())
    return f"/srv/{server.name}/{server.kind}/{name}"


def write(folder: Path, name: str, content: bytes) -> str:
    """A file for the client."""
    path = folder / name
    path.write_bytes(content)
    path.chmod(0o600)
    return str(path)
