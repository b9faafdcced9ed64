# SPDX-License-Identifier: GPL-3.0-or-later
"""The role compose_quickstart on a real checkout: CHECKOUT=/srv/alkemio/server make test-checkout.

Works on a copy, and starts nothing. Says what a check foresaw, what the real run did, what is left of MySQL, whether
a second run changed nothing, and whether the restoration brought every byte back. Ends with status 1 where one of
these is not as it must be.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from tests.configuration.conftest import Host
from tests.support.playbooks.ansible import Run

ROLE = "compose_quickstart"
NOT_COPIED = shutil.ignore_patterns(".git", "node_modules", "dist", "coverage")


def main() -> int:
    given = Path(os.environ.get("CHECKOUT", ""))
    if not os.environ.get("CHECKOUT") or not given.is_dir():
        print("Name the checkout: CHECKOUT=/srv/alkemio/server make test-checkout", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="checkout-") as folder:
        shutil.copytree(given, Path(folder, "platform"), ignore=NOT_COPIED, symlinks=True)
        variables = {
            f"{ROLE}_directory": str(Path(folder, "platform")),
            f"{ROLE}_backup_directory": str(Path(folder, "kept")),
        }
        problems = _course(Host(Path(folder), variables))
    for problem in problems:
        print(f"WRONG: {problem}")
    print(f"{given}: {'not as it must be' if problems else 'as it must be'}")
    return 1 if problems else 0


def _course(host: Host) -> list[str]:
    before = host.tree()
    check = host.role(ROLE, "main", "--check", "--diff")
    problems = [] if host.tree() == before else ["the check has written"]
    real = host.role(ROLE, "main")
    after = host.tree()
    rewritten = sorted(name for name, content in after.items() if before.get(name) != content)
    print(f"rewritten: {', '.join(rewritten) or 'nothing'}")
    for run, name in ((check, "check"), (real, "real run")):
        print(f"{name}: status {run.status}, {' | '.join(_said(run)) or 'nothing said'}")
    if (check.status, check.changed, _verdict(check)) != (real.status, real.changed, _verdict(real)):
        problems.append("the check foresaw something else")
    print(f"left of MySQL: {'; '.join(_left(real)) or 'nothing'}")
    if real.status:
        return [
            *problems,
            real.message,
            *([] if after == before else ["a failed run has left files rewritten"]),
        ]
    again = host.role(ROLE, "main")
    if (again.status, again.changed) != (0, 0) or host.tree() != after:
        problems.append("a second run changed something")
    host.role(ROLE, "restore")
    if host.tree() != before:
        problems.append("the restoration did not bring every byte back")
    return problems


def _said(run: Run) -> list[str]:
    """What the role said beside the list of what is left."""
    return re.findall(r'"msg": "((?!\[).*?)"$', run.output, re.M)


def _left(run: Run) -> list[str]:
    """What is left in files that configure something; documents and sources are only counted."""
    found = re.findall(r'^ +"(.+?:\d+: .* in \w+)",?$', run.output, re.M)
    shown = [one for one in found if re.search(r"\.(?:ya?ml|env)[\w.]*:|^\.env", one)]
    return [*shown, *([f"{len(found) - len(shown)} lines in other files"] if len(found) > len(shown) else [])]


def _verdict(run: Run) -> list[str]:
    return [one for one in _said(run) if "files read" in one or "still tell" in one]


if __name__ == "__main__":
    sys.exit(main())
