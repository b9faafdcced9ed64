# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""Ask an address by HTTP."""

from __future__ import annotations

import typing as t
from urllib.error import HTTPError

from ansible.module_utils.urls import open_url

if t.TYPE_CHECKING:
    from .health import Get

# As long as Ansible's uri, which asks the same of services on Kubernetes and before the window.
_SECONDS = 30
_WELL = 200


def getter(*, validate_certs: bool) -> Get:
    """What asks an address once, and takes 200 alone for an answer that is well."""

    def get(url: str) -> str | None:
        try:
            with open_url(url, validate_certs=validate_certs, timeout=_SECONDS) as answer:
                status = answer.status
        except HTTPError as error:
            status = error.code
        # Whatever else the library raises for a server that is not there, or not yet whole.
        except Exception as error:
            return f"does not answer ({getattr(error, 'reason', error)})"
        return None if status == _WELL else f"answers {status} instead of {_WELL}"

    return get


__all__ = ("getter",)
