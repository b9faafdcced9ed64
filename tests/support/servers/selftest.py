# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, kill, restart and stop one server of each kind: python3 -m tests.support.servers.selftest."""

from __future__ import annotations

import time

from tests.support.servers import running
from tests.support.servers.kinds import KINDS


def main() -> None:
    for kind in KINDS:
        began = time.monotonic()
        with running(kind) as server:
            ready = time.monotonic() - began
            server.kill()
            server.start()
            server.stop()
            server.start()
            began = time.monotonic()
        print(
            f"{kind} {server.version}: ready after {ready:.1f} s, deleted in {time.monotonic() - began:.1f} s"
        )


if __name__ == "__main__":
    main()
