# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the services that hold unsaved edits (whiteboards, documents), for tests. NOT one of them.

It holds one edit, and hands it to the server when it is told to stop: an order of stopping in which the server goes
first loses it. A server that does not take it ends the stand-in with an error.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import urllib.request
import uuid


def flush(*_arguments: object) -> None:
    identity = str(uuid.uuid5(uuid.NAMESPACE_DNS, os.environ["SERVICE"]))
    request = urllib.request.Request(
        f"{os.environ['SERVER']}/edit",
        json.dumps({"id": identity}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        print(f"handed the edit {identity} over: {answer.status}", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, flush)
while True:
    signal.pause()
