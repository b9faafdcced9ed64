# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the throw-away servers: python3 -m tests.support.servers --help."""

from __future__ import annotations

import argparse
import sys

from tests.support.servers import environment, roots
from tests.support.servers.host import ServersError
from tests.support.servers.kinds import KINDS


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except ServersError as error:
        print(f"servers: {error}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"servers: {error}: if another user made it, let that one run 'make clean'", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tests.support.servers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    install = commands.add_parser("install", help="download what servers of these kinds need")
    install.add_argument("kinds", nargs="+", choices=list(KINDS))
    up = commands.add_parser("up", help="bring servers up; those that run are kept")
    up.add_argument("--name", required=True, help="name of this set of servers")
    up.add_argument("--set", action="append", default=[], metavar="KIND.SETTING=VALUE", dest="settings")
    up.add_argument("kinds", nargs="+", choices=list(KINDS))
    down = commands.add_parser("down", help="end the servers of a name and delete their data")
    down.add_argument("--name", required=True)
    commands.add_parser("list", help="show all servers")
    commands.add_parser("purge", help="end all servers, delete their data and all downloads")
    return parser


def _run(options: argparse.Namespace) -> None:
    if options.command == "install":
        roots.install(options.kinds)
    elif options.command == "up":
        environment.up(options.name, options.kinds, _settings(options.settings))
        _show(options.name)
    elif options.command == "down":
        environment.down(options.name)
    elif options.command == "list":
        for name in environment.names():
            _show(name)
    else:
        environment.purge()


def _settings(texts: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for text in texts:
        path, equals, value = text.partition("=")
        kind, dot, key = path.partition(".")
        if not (equals and dot and key) or kind not in KINDS:
            raise ServersError(
                f"--set {text}: write it as KIND.SETTING=VALUE, KIND one of {', '.join(KINDS)}"
            )
        found.setdefault(kind, {})[key] = value
    return found


def _show(name: str) -> None:
    shown = environment.Environment(name)
    for server in shown.servers.values():
        print(f"{name}: {environment.describe(server)}")
    print(f"{name}: logins in {shown.file}")


if __name__ == "__main__":
    sys.exit(main())
