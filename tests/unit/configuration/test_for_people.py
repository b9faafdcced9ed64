# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diff shows: everything but secrets."""

from __future__ import annotations

import pytest
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.rewriting import for_people


@pytest.mark.parametrize(
    "text",
    [
        "POSTGRES_PASSWORD=hidden",
        "export API_TOKEN='hid den'",
        "# MYSQL_ROOT_PASSWORD=hidden",
        "      - PGPASSWORD=hidden",
        "      password: hidden # why",
        "DSN=postgres://u:hid@den@h/k",
        "- DSN=mysql://root:hidden@tcp(h)/k",
        "secrets:\n  cookie:\n    - hidden\n    - hidden\n  cipher:\n    - hidden\n",
        "kind: Secret\ndata:\n  anything: hidden\n",
        "kind: ConfigMap\n---\nkind: Secret\nstringData:\n  anything: hidden\n  other: hidden\n",
    ],
)
def test_a_secret_is_hidden(text: str) -> None:
    shown = for_people(text)
    assert "hid" not in shown
    assert "****" in shown


@pytest.mark.parametrize(
    "text",
    ["POSTGRES_PASSWORD=${OTHER}", "DSN=postgres://${U}:${P}@h/k", "DATABASE_NAME=alkemio", "image: redis:7"],
)
def test_what_is_no_secret_is_shown(text: str) -> None:
    assert for_people(text) == text
