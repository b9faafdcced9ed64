# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""What is wrong with an encrypted connection, and what to do: one sentence for both servers."""

from __future__ import annotations

import ssl
import typing as t
from pathlib import Path

from ._errors import ServerError

_EXPIRED: t.Final = ("certificate has expired",)
_EARLY: t.Final = ("not yet valid",)
_NAME: t.Final = ("Hostname mismatch", "IP address mismatch", "does not match host name")
_AUTHORITY: t.Final = (
    "unable to get local issuer",
    "self-signed certificate",
    "unable to get issuer",
    "signature",
)


def explain(text: str, server: str, host: str, ca_cert: str | None, any_name: str) -> str | None:
    """The message for `text` of OpenSSL or libpq, `None` when it is not about a certificate.

    `any_name`: the option that accepts whatever name a certificate bears.
    """

    def has(words: tuple[str, ...]) -> bool:
        return any(word in text for word in words)

    if has(_EXPIRED):
        return f"The TLS certificate of {server} has expired. Renew it on the server."
    if has(_EARLY):
        return (
            f"The TLS certificate of {server} is not valid yet. Compare the clocks of the server and the "
            "migration host."
        )
    if has(_NAME):
        return (
            f"The TLS certificate of {server} is not made for the name {host!r}. Set login_host to a name that "
            f"stands in the certificate; {any_name} accepts any name of a certificate of that authority."
        )
    if has(_AUTHORITY):
        return (
            f"The TLS certificate of {server} is not signed by an authority in {ca_cert or 'ca_cert'}. Name the "
            "file with the authority of this server in ca_cert. If it is the right file, something else answers "
            "at this address: do not go on before you know what."
        )
    return None


def check_files(**paths: str | None) -> None:
    """Raises ServerError: a file that an option names cannot be read; `paths` by the option's name."""
    for option, path in paths.items():
        if path is None:
            continue
        try:
            with Path(path).open("rb") as handle:
                handle.read(1)
        except OSError as error:
            raise ServerError(f"The file {path} in {option} cannot be read: {error.strerror}.") from error
    ca_cert = paths.get("ca_cert")
    if ca_cert is not None:
        try:
            ssl.create_default_context(cafile=ca_cert)
        except OSError as error:
            raise ServerError(f"The file {ca_cert} in ca_cert holds no certificate in PEM form.") from error


__all__ = ("check_files", "explain")
