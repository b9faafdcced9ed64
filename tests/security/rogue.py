# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody who answers at a server's address and asks for the password in the way that suits him."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.security.certificates import Pair

_SALT = b"01234567890123456789"
_CLIENT_SSL = 0x0800
# LONG_PASSWORD, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH
_CAPABILITIES = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_GSS_REQUEST = struct.pack("!ii", 8, 80877104)
_SEND_CLEAR = 3
_SEND_MD5 = 5


@dataclass
class Rogue:
    """Where he listens, how he asks, and what he was told."""

    way: str
    """A plugin of MySQL, or `cleartext` or `md5` of PostgreSQL."""
    pair: Pair | None = None
    """His certificate; without one he says that he knows no TLS."""
    port: int = 0
    calls: int = 0
    told: list[bytes] = field(default_factory=list)
    """What reached him, decrypted."""

    def knows(self, password: str) -> bool:
        """Whether the password is in what he was told."""
        return password.encode() in b"\n".join(self.told)


@contextlib.contextmanager
def at_port(rogue: Rogue) -> Iterator[Rogue]:
    """He listens on a free port of this host."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        rogue.port = listener.getsockname()[1]
        with _serving(listener, rogue):
            yield rogue


@contextlib.contextmanager
def at_socket(rogue: Rogue, path: Path) -> Iterator[Rogue]:
    """He listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with _serving(listener, rogue):
            yield rogue


@contextlib.contextmanager
def _serving(listener: socket.socket, rogue: Rogue) -> Iterator[None]:
    listener.settimeout(0.1)
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                client, _address = listener.accept()
            except TimeoutError:
                continue
            rogue.calls += 1
            answer = _postgresql if rogue.way in {"cleartext", "md5"} else _mysql
            with client, contextlib.suppress(OSError, EOFError):
                client.settimeout(5)
                answer(client, rogue)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(10)


def _wrapped(client: socket.socket, pair: Pair) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as handle:
        handle.write(pair.certificate + pair.key)
        handle.flush()
        context.load_cert_chain(handle.name)
    return context.wrap_socket(client, server_side=True)


def _exactly(client: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        block = client.recv(size - len(found))
        if not block:
            raise EOFError
        found += block
    return found


# --- MySQL -------------------------------------------------------------------------------------------


class _Talk:
    """Packets of MySQL's protocol, whose numbers go on from one side to the other."""

    def __init__(self, client: socket.socket, rogue: Rogue) -> None:
        self.client = client
        self.rogue = rogue
        self.number = 0

    def say(self, payload: bytes) -> None:
        self.client.sendall(len(payload).to_bytes(3, "little") + bytes([self.number % 256]) + payload)

    def hear(self) -> bytes:
        header = _exactly(self.client, 4)
        self.number = header[3] + 1
        payload = _exactly(self.client, int.from_bytes(header[:3], "little"))
        self.rogue.told.append(payload)
        return payload


def _mysql(client: socket.socket, rogue: Rogue) -> None:
    flags = _CAPABILITIES | (_CLIENT_SSL if rogue.pair else 0)
    talk = _Talk(client, rogue)
    talk.say(
        b"\x0a8.0.99\0"
        + struct.pack("<I", 7)
        + _SALT[:8]
        + b"\0"
        + struct.pack("<HBHHB", flags & 0xFFFF, 255, 2, flags >> 16, 21)
        + bytes(10)
        + _SALT[8:]
        + b"\0caching_sha2_password\0"
    )
    answer = talk.hear()
    if rogue.pair and int.from_bytes(answer[:4], "little") & _CLIENT_SSL:
        talk.client = _wrapped(client, rogue.pair)
        talk.hear()
    first = b"\x01Password: " if rogue.way == "dialog" else _SALT + b"\0"
    talk.say(b"\xfe" + rogue.way.encode() + b"\0" + first)
    talk.hear()
    if rogue.way == "caching_sha2_password":
        talk.say(b"\x01\x04")  # "I do not know you yet: tell me the password itself"
        _whole_password(talk)
    talk.say(b"\xff\x15\x04#28000no")


def _whole_password(talk: _Talk) -> None:
    if talk.hear() != b"\x02":  # within TLS the client tells it as it is
        return
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    talk.say(b"\x01" + public)
    mixed = key.decrypt(
        talk.hear(), padding.OAEP(padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)
    )
    talk.rogue.told.append(bytes(byte ^ _SALT[place % 20] for place, byte in enumerate(mixed)))


# --- PostgreSQL --------------------------------------------------------------------------------------


def _postgresql(client: socket.socket, rogue: Rogue) -> None:
    head = _exactly(client, 8)
    while head in {_SSL_REQUEST, _GSS_REQUEST}:
        if head == _SSL_REQUEST and rogue.pair:
            client.sendall(b"S")
            client = _wrapped(client, rogue.pair)
        else:
            client.sendall(b"N")
        head = _exactly(client, 8)
    rogue.told.append(_exactly(client, int.from_bytes(head[:4], "big") - 8))
    asks = (
        struct.pack("!i", _SEND_CLEAR)
        if rogue.way == "cleartext"
        else struct.pack("!i", _SEND_MD5) + _SALT[:4]
    )
    client.sendall(b"R" + struct.pack("!i", 4 + len(asks)) + asks)
    head = _exactly(client, 5)
    rogue.told.append(_exactly(client, int.from_bytes(head[1:], "big") - 4))
    refusal = b"SFATAL\0C28P01\0Mpassword authentication failed\0\0"
    client.sendall(b"E" + struct.pack("!i", 4 + len(refusal)) + refusal)
