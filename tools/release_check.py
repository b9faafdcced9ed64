# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release has to pass, from the tarball alone: python -m tools.release_check.

Galaxy's own importer, the dependencies as ansible-builder reads them, and the documentation built by Sphinx. Runs with
the environment of requirements-release.txt, which "make release-check" makes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from tests.support.servers.host import CHECKOUT

PLACE = CHECKOUT / "build/release"
NAME = "alkemio.convergence"
COLLECTIONS = PLACE / "collections"
INSTALLED = COLLECTIONS / "ansible_collections/alkemio/convergence"
BIN = Path(sys.executable).parent

# Places in Ansible's own manual, whose inventory is asked for over the network only.
ELSEWHERE = ("common_return_values", "ansible_configuration_settings", "action_plugins")


def main() -> int:
    for part in ("collections", "docs"):
        shutil.rmtree(PLACE / part, ignore_errors=True)
    tarball = build()
    problems = [
        *imported(tarball),
        *introspected(),
        *documented(),
    ]
    for problem in problems:
        print(f"release-check: {problem}")
    print(f"release-check: {tarball.name}: {f'{len(problems)} problems' if problems else 'can be published'}")
    return 1 if problems else 0


def run(*command: str | Path, cwd: Path = PLACE) -> tuple[int, str]:
    """Status and output."""
    env = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")


def build() -> Path:
    """The tarball, and the collection unpacked from it, as a user has it."""
    PLACE.mkdir(parents=True, exist_ok=True)
    for old in PLACE.glob("*.tar.gz"):
        old.unlink()
    status, output = run(BIN / "ansible-galaxy", "collection", "build", "--output-path", PLACE, cwd=CHECKOUT)
    if status:
        raise SystemExit(output)
    (tarball,) = PLACE.glob("*.tar.gz")
    INSTALLED.mkdir(parents=True)
    with tarfile.open(tarball) as content:
        content.extractall(INSTALLED, filter="data")
    return tarball


def imported(tarball: Path) -> list[str]:
    """Galaxy's importer: what it says as a warning or an error."""
    status, output = run(sys.executable, "-m", "galaxy_importer.main", tarball)
    said = [line for line in output.splitlines() if line.startswith(("WARNING", "ERROR"))]
    if status or "Importer processing completed successfully" not in output:
        said.append(f"the importer ended with {status}: {output[-2000:]}")
    return [f"galaxy-importer: {line}" for line in said]


def introspected() -> list[str]:
    """Dependencies for an execution environment: readable, and none pinned."""
    status, output = run(BIN / "ansible-builder", "introspect", COLLECTIONS)
    if status:
        return [f"ansible-builder introspect ended with {status}: {output[-2000:]}"]
    lines = [line for line in output.splitlines() if f"# from collection {NAME}" in line]
    problems = [f"ansible-builder: pinned: {line}" for line in lines if "==" in line]
    return problems if lines else ["ansible-builder found no dependencies"]


def documented() -> list[str]:
    """The documentation as Sphinx builds it; a reference that leads nowhere is a problem."""
    site = PLACE / "docs"
    site.mkdir(mode=0o700)
    (site / "rst").mkdir(mode=0o700)
    init = ["sphinx-init", "--use-current", "--dest-dir", str(site), NAME]
    config = str(site / "antsibull-docs.cfg")
    pages = ["--config-file", config, "collection", "--use-current", "--cleanup", "everything", "--dest-dir"]
    found = []
    for words in (init, [*pages, str(site / "rst"), NAME]):
        status, output = run(BIN / "antsibull-docs", *words)
        if status:
            return [f"antsibull-docs {words[0]} ended with {status}: {output[-2000:]}"]
    # Without the extension that would ask other manuals over the network
    extensions = "extensions=sphinx.ext.autodoc,sphinx_antsibull_ext"
    status, output = run(
        BIN / "sphinx-build", "-M", "html", "rst", "html", "-c", ".", "-q", "-D", extensions, cwd=site
    )
    found += [line for line in output.splitlines() if not any(f"'{label}'" in line for label in ELSEWHERE)]
    found = [line for line in found if "WARNING" in line or "ERROR" in line]
    if status:
        found.append(f"sphinx-build ended with {status}: {output[-2000:]}")
    return [f"documentation: {line}" for line in found]


if __name__ == "__main__":
    sys.exit(main())
