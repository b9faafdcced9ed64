# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the programs that example inventories name: docker, systemctl and others. Nothing of them runs.

Called by the name of a program, as a file of that name beside a copy of this one. As docker it knows the services of
compose files, and says that all of them run; as systemctl it knows one unit, that of the Alkemio server. Whatever it is
called for else succeeds and says nothing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

UNIT = "alkemio-server"


def main() -> int:
    program, words = Path(sys.argv[0]).name, sys.argv[1:]
    if program == "docker" and words[:1] == ["compose"]:
        return _compose(words[1:])
    if program == "systemctl":
        return _systemctl(words)
    return 0


def _compose(words: list[str]) -> int:
    services: dict[str, dict[str, object]] = {}
    names = [word.removeprefix("--file=") for word in words if word.startswith("--file=")]
    names += [words[at + 1] for at, word in enumerate(words) if word == "--file"]
    for name in names:
        if not Path(name).is_file():
            print(f"open {Path(name).resolve()}: no such file or directory", file=sys.stderr)
            return 1
        services |= yaml.safe_load(Path(name).read_text("utf-8"))["services"]
    if "config" in words and "json" in words:
        print(
            json.dumps(
                {"name": "stand-in", "services": {name: _rendered(one) for name, one in services.items()}}
            )
        )
    elif "config" in words and "--hash" in words:
        print("\n".join(f"{name} 0" for name in services))
    elif ("config" in words and "--services" in words) or ("ps" in words and "--services" in words):
        print("\n".join(services))
    return 0


def _rendered(service: dict[str, object]) -> dict[str, object]:
    environment = service.get("environment") or {}
    if isinstance(environment, list):
        environment = dict(str(one).partition("=")[::2] for one in environment)
    return {**service, "environment": environment}


def _systemctl(words: list[str]) -> int:
    known = UNIT in (word.removesuffix(".service") for word in words)
    if "show" in words:
        print("loaded" if known else "not-found")
        return 0
    if "--quiet" not in words:
        print("active" if known else "inactive")
    return 0 if known else 4


if __name__ == "__main__":
    sys.exit(main())
