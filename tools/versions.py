# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection under several versions of ansible-core: python -m tools.versions 2.17 2.18 2.19 2.20.

Each version gets an environment of its own, and runs ansible-test's sanity tests, the unit tests, and a whole migration
by the playbook from the tarball. (antsibull-nox does the same with sources of ansible-core that it downloads; what the
package index has serves here, also where nothing else can be reached.)
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.support.servers.host import CHECKOUT

PLACE = CHECKOUT / "build/versions"
# The oldest Python of a controller, by version of ansible-core; 3.11 serves the others.
NEWER = {"2.20": "3.12", "2.21": "3.12"}
LIBRARIES = ["hypothesis", "kubernetes-validate", "pytest", "pytest-mock", "ruamel.yaml"]
ONE_MIGRATION = "tests/playbooks/test_operator.py::test_all_rows_are_the_same_to_another_eye"
CHECKS = {
    "sanity": ["-m", "tools.sanity", "--skip-test", "pylint"],
    "unit": ["-m", "pytest", "-q", "tests/unit"],
    "migration": ["-m", "pytest", "-q", ONE_MIGRATION],
}


def main(versions: list[str]) -> int:
    results = {version: check(version) for version in versions}
    print(f"\n{'ansible-core':<14}{'Python':<10}" + "".join(f"{name:<22}" for name in CHECKS))
    for told in results.values():
        print("".join(told))
    return 0 if all("FAILED" not in "".join(told) for told in results.values()) else 1


def check(version: str) -> list[str]:
    """One line of the table, in its columns."""
    python = environment(version)
    exact = _ask(python, "from importlib.metadata import version; print(version('ansible-core'))")
    told = [f"{exact:<14}", f"{_ask(python, 'import platform; print(platform.python_version())'):<10}"]
    env = {
        **{
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ANSIBLE_", "PYTHONPATH"))
        },
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".ansible/collections"),
        "LC_ALL": "C.UTF-8",
    }
    for name, words in CHECKS.items():
        began = time.monotonic()
        log = PLACE / f"{version}-{name}.log"
        with log.open("wb") as output:
            done = subprocess.run(
                [python, *words], cwd=CHECKOUT, env=env, stdout=output, stderr=output, check=False
            )
        said = f"{'FAILED' if done.returncode else 'passed'} in {time.monotonic() - began:.0f} s"
        print(f"ansible-core {exact}: {name} {said} ({log.relative_to(CHECKOUT)})", flush=True)
        told.append(f"{said:<22}")
    return told


def environment(version: str) -> Path:
    """The Python of an environment with this ansible-core and the libraries of the migration host."""
    folder = PLACE / version
    python = folder / "bin/python"
    if not (folder / "complete").exists():
        maker = _maker(NEWER.get(version))
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([maker, "-m", "venv", folder], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
        pinned = [
            word
            for role in ("migration", "migration_audit")
            for word in ("-r", str(CHECKOUT / f"roles/{role}/files/requirements.txt"))
        ]
        subprocess.run([*map(str, install), f"ansible-core~={version}.0", *pinned, *LIBRARIES], check=True)
        (folder / "complete").touch()
    return python


def _maker(wanted: str | None) -> str:
    if wanted is None:
        return sys.executable
    for name in (f"python{wanted}", "python3.13", "python3"):
        found = shutil.which(name)
        # A version manager's stand-in is on the path whether or not the version is chosen.
        if (
            found
            and subprocess.run([found, "-c", "import venv"], capture_output=True, check=False).returncode == 0
        ):
            return found
    raise SystemExit(
        f"This version of ansible-core needs Python {wanted} or newer, and there is none on PATH."
    )


def _ask(python: Path, program: str) -> str:
    return subprocess.check_output([python, "-c", program], text=True).strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["2.17", "2.18", "2.19"]))
