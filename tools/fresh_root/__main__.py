# SPDX-License-Identifier: GPL-3.0-or-later
"""Try a goal of the Makefile on a fresh minimal Debian: python3 -m tools.fresh_root debian12 demo.

The system is made by debootstrap, gets the packages of the README's first line and a clone of
what is committed here, and runs the goal as root with fewer privileges than a Docker container
has by default: no systemd, no mounts, no device nodes. Must be started as root.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import ServersError, host, roots

PLACE = host.BUILD / "fresh-root"
INSIDE = Path(__file__).with_name("inside.sh")
ENTER = Path(__file__).with_name("enter.sh")


@dataclass(frozen=True)
class System:
    """A distribution as debootstrap makes it."""

    suite: str
    keyring: str = "debian-archive-keyring.gpg"
    script: str = "sid"  # an older debootstrap does not know a newer suite by name
    components: str = "main"
    distribution: str = "debian"


SYSTEMS = {
    "debian12": System("bookworm"),
    "debian13": System("trixie"),
    # On Debian, its key comes with the package ubuntu-keyring.
    "ubuntu2404": System("noble", "ubuntu-archive-keyring.gpg", "gutsy", "main,universe", "ubuntu"),
}


@dataclass(frozen=True)
class Trial:
    """One goal in one fresh root."""

    root: str
    goal: str
    authorities: Path | None  # folder with extra CA certificates
    settings: tuple[str, ...]  # NAME=VALUE for the environment inside

    @property
    def path(self) -> Path:
        return PLACE / f"{self.root}-{self.goal.replace(' ', '-')}"

    @property
    def log(self) -> Path:
        return self.path.with_suffix(".log")

    def run(self) -> int:
        self._make()
        self._bring_in()
        print(f"fresh root: make {self.goal} in {self.path}, log {self.log}", flush=True)
        began = time.monotonic()
        status = self._enter()
        print(
            f"fresh root: make {self.goal} ended with status {status} after {time.monotonic() - began:.0f} s"
        )
        self._keep_report()
        return status

    def _make(self) -> None:
        """Unpack the system, which is made once and kept as an archive."""
        base = PLACE / f"{self.root}.tar"
        if self.path.exists():
            shutil.rmtree(self.path)
        if not base.exists():
            self._bootstrap(base)
        self.path.mkdir(parents=True)
        host.run(["tar", "-xf", str(base), "-C", str(self.path)])

    def _bootstrap(self, base: Path) -> None:
        if host.tool("debootstrap") is None:
            host.apt_install(["debootstrap"])
        draft = PLACE / f"{self.root}.partial"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        print(f"fresh root: making a minimal {self.root}", flush=True)
        program = host.tool("debootstrap") or "debootstrap"
        system = SYSTEMS[self.root]
        options = [
            "--variant=minbase",
            "--force-check-gpg",
            f"--keyring=/usr/share/keyrings/{system.keyring}",
            f"--components={system.components}",
        ]
        script = f"/usr/share/debootstrap/scripts/{system.script}"
        host.run([program, *options, system.suite, str(draft), roots.mirror(system.distribution), script])
        host.run(["tar", "-cf", f"{base}.new", "-C", str(draft), "."])
        Path(f"{base}.new").rename(base)
        shutil.rmtree(draft)

    def _bring_in(self) -> None:
        """The checkout, name resolution, certificates and the script that plays the newcomer."""
        host.run(
            ["git", "clone", "--quiet", "--no-hardlinks", str(host.CHECKOUT), f"{self.path}/root/convergence"]
        )
        shutil.copy("/etc/resolv.conf", self.path / "etc/resolv.conf")
        (self.path / "etc/hosts").write_text("127.0.0.1 localhost fresh\n", encoding="utf-8")
        if self.authorities is not None:
            trusted = self.path / "usr/local/share/ca-certificates"
            trusted.mkdir(parents=True, exist_ok=True)
            for certificate in sorted(self.authorities.glob("*.crt")):
                shutil.copy(certificate, trusted)
        shutil.copy(INSIDE, self.path / "root/inside.sh")

    def _enter(self) -> int:
        # Whoever ends this program ends the whole root with it.
        command = ["setpriv", "--pdeathsig", "KILL"]
        command += ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"]
        environment = ["HOME=/root", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        if self.authorities is not None:
            bundle = "/etc/ssl/certs/ca-certificates.crt"
            environment += [f"PIP_CERT={bundle}", f"SSL_CERT_FILE={bundle}"]
        words = [*command, "sh", str(ENTER), str(self.path), *environment, *self.settings]
        words += ["sh", "/root/inside.sh", self.goal]
        with self.log.open("wb") as log:
            log.write(f"# {time.strftime('%F %T')} {self.root}: {shlex.join(['make', self.goal])}\n".encode())
            with subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            ) as child:
                for line in child.stdout or ():
                    log.write(line)
                    log.flush()
                    sys.stdout.buffer.write(line)
                    sys.stdout.buffer.flush()
        return child.returncode

    def _keep_report(self) -> None:
        report = self.path / "root/convergence/build/demo/report.json"
        if report.is_file():
            shutil.copy(report, self.log.with_suffix(".report.json"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tools.fresh_root", description=__doc__)
    parser.add_argument("root", choices=list(SYSTEMS))
    parser.add_argument("goal", help="goal of the Makefile such as demo, or several: 'demo demo clean'")
    parser.add_argument("--ca", type=Path, metavar="FOLDER", help="trust the *.crt files of this folder, too")
    parser.add_argument(
        "--setting", action="append", default=[], metavar="NAME=VALUE", help="environment inside"
    )
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("fresh root: debootstrap and chroot need root: run it with sudo", file=sys.stderr)
        return 1
    try:
        return Trial(options.root, options.goal, options.ca, tuple(options.setting)).run()
    except ServersError as error:
        print(f"fresh root: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
