# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity on this collection: python -m tools.sanity [arguments of ansible-test sanity].

ansible-test wants to stand in a folder .../ansible_collections/<namespace>/<name> and follows no
link, so it gets a copy of what git knows. It has a home of its own, because it would otherwise
keep its virtual environments in the user's.
"""

from __future__ import annotations

import ast
import configparser
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.servers.host import CHECKOUT, locked

PLACE = CHECKOUT / "build/sanity"
COPY = PLACE / "ansible_collections/alkemio/convergence"

# ansible-test fetches its first pip from a download host of its own. Python brings a pip along,
# and that one installs the version asked for from the package index like everything else here.
BOOTSTRAP = """\
import subprocess, sys
subprocess.check_call([sys.executable, "-m", "ensurepip"])
asked = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
if any(not word.startswith("-") for word in asked):
    sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", *asked]))
"""


def main(arguments: list[str]) -> int:
    """With the ansible-test of the Python that runs this, in its version of ansible-core."""
    with locked(PLACE / ".lock"):
        return _sanity(arguments)


def _sanity(arguments: list[str]) -> int:
    _copy()
    home = _home()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = [
        str(Path(sys.executable).parent / "ansible-test"),
        "sanity",
        "--python",
        version,
        "--color",
        "no",
    ]
    return subprocess.call([*command, *arguments], cwd=COPY, env={**os.environ, "HOME": str(home)})


def _copy() -> None:
    """Bring the copy up to date with the checkout, uncommitted files included."""
    listed = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=CHECKOUT
    )
    shutil.rmtree(COPY, ignore_errors=True)
    for name in listed.decode().split("\0"):
        source = CHECKOUT / name
        # Tests and tools are not in the tarball; ruff and mypy hold them to their own rules.
        ours = not name.startswith(("tests/", "tools/")) or name == "tests/config.yml"
        if name and source.is_file() and ours:
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, COPY / name)
    # Else ansible-test would find the checkout's own repository above, which ignores this folder.
    subprocess.check_call(["git", "init", "--quiet", "--initial-branch=copy"], cwd=COPY)


def _home() -> Path:
    """A home folder in which ansible-test finds the script it would download, and pip its settings."""
    home = PLACE / "home"
    for version in _pips():
        script = home / ".ansible/test/cache" / f"get_pip_{version.replace('.', '_')}.py"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(BOOTSTRAP, encoding="utf-8")
    config = home / ".config/pip/pip.conf"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.touch(mode=0o600)  # an index's address may hold a password
    config.write_text(_settings_of_pip(), encoding="utf-8")
    return home


def _pips() -> set[str]:
    """The versions of pip that this ansible-test asks for; each of its releases has its own."""
    found = importlib.util.find_spec("ansible_test._internal.python_requirements")
    if found is None or found.origin is None:
        raise SystemExit("ansible-test is not installed beside ansible-core.")
    return set(re.findall(r"pip='([\d.]+)'", Path(found.origin).read_text("utf-8")))


def _settings_of_pip() -> str:
    """What pip is told by files and environment here, as a file: ansible-test passes neither on."""
    listed = subprocess.check_output([sys.executable, "-m", "pip", "config", "list"], text=True)
    values = {"global.cache-dir": str(Path.home() / ".cache/pip")}
    # The environment is listed first and wins, as it does in pip.
    for line in reversed(listed.splitlines()):
        name, _equals, value = line.partition("=")
        values[name.replace(":env:.", "global.")] = str(ast.literal_eval(value)).replace("\n", "\n    ")
    config = configparser.RawConfigParser()
    for name, value in values.items():
        section, _dot, key = name.rpartition(".")
        if not config.has_section(section):
            config.add_section(section)
        config.set(section, key, value)
    text = io.StringIO()
    config.write(text)
    return text.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
