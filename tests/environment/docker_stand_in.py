# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the command docker: a project of compose files of which nothing runs.

It knows `compose config`, by merging the images of the files as compose does, `compose ps`, and `image inspect`, which
fails while a file `absent` lies beside this copy of it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml


def main() -> int:
    words = sys.argv[1:]
    if words[:2] == ["image", "inspect"]:
        return int(Path(__file__).with_name("absent").exists())
    if "config" in words:
        services: dict[str, dict[str, str]] = {}
        for name in (word.removeprefix("--file=") for word in words if word.startswith("--file=")):
            for service, keys in yaml.safe_load(Path(name).read_text("utf-8"))["services"].items():
                services.setdefault(service, {}).update(keys)
        print(json.dumps({"name": "stand-in", "services": services}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
