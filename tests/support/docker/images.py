# SPDX-License-Identifier: GPL-3.0-or-later
"""Images for environments in containers: the official ones where a registry answers, else made from Debian's packages.

An image is a root (tests/support/servers/roots.py) with a few files over it. Those that play a service whose image
cannot be had are called stand-ins. Which image plays which, `known` says; IMAGES=debian in the environment asks no
registry; KRATOS_IMAGE names an image of the real Kratos that the engine has or can have.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from tests.support import generator
from tests.support.docker.engine import PLACE, Engine, EngineError
from tests.support.generator.schema_postgresql import schema_statements
from tests.support.generator.seed_rows import alkemio_seed, kratos_seed
from tests.support.servers import host, roots
from tests.support.servers.roots import Recipe

HERE = Path(__file__).parent
WHEELS = PLACE / "wheels"
STAND_INS = "opt/stand-ins"
LABEL = "convergence.made"
PYTHON = "3.13"  # of the root HOSTS
# Asked for once; one that comes stands for a registry that answers.
PROBE = "redis:7.0.2"


@dataclass(frozen=True)
class Image:
    """A root with files over it, and what it runs: an instruction of a Dockerfile each."""

    name: str
    recipe: Recipe
    changes: tuple[str, ...]


PATH = "/usr/lib/postgresql/17/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
IMAGES = (
    Image("convergence/mysql", roots.UNSTABLE, ('ENTRYPOINT ["mysql-entrypoint"]',)),
    Image("convergence/postgres", roots.STABLE, (f"ENV PATH={PATH}", 'ENTRYPOINT ["docker-entrypoint.sh"]')),
    Image("convergence/host", roots.HOSTS, ("ENV container=docker", "ENV LC_ALL=C.UTF-8")),
    Image(
        "convergence/redis", roots.HOSTS, ('CMD ["redis-server", "--protected-mode", "no", "--save", ""]',)
    ),
    Image("convergence/rabbitmq", roots.HOSTS, ('ENTRYPOINT ["rabbitmq-entrypoint"]',)),
    Image("convergence/kratos-stand-in", roots.HOSTS, (f'ENTRYPOINT ["/{STAND_INS}/kratos"]',)),
    Image(
        "convergence/collaboration-stand-in",
        roots.HOSTS,
        (f'CMD ["python3", "/{STAND_INS}/collaboration.py"]',),
    ),
    Image("convergence/idle-stand-in", roots.HOSTS, ('CMD ["sleep", "infinity"]',)),
)
KRATOS = "oryd/kratos:v1.3.1"
# Components of others, which the official images bring where they can be had.
OFFICIAL = {
    "mysql:8.3.0": "convergence/mysql",
    "postgres:17.5": "convergence/postgres",
    "redis:7.0.2": "convergence/redis",
    "rabbitmq:3.9.13-management": "convergence/rabbitmq",
    KRATOS: "convergence/kratos-stand-in",
}
# Parts of the platform that need all of it to say anything.
PLATFORM = {
    "alkemio/whiteboard-collaboration-service:v0.8.0": "convergence/collaboration-stand-in",
    "alkemio/collaborative-document-service:v0.0.1": "convergence/collaboration-stand-in",
    "matrixdotorg/synapse:v1.132.0": "convergence/idle-stand-in",
}
FILE = PLACE / "images.json"


def make(engine: Engine) -> None:
    """Have every image, and note which plays which."""
    playing = {**OFFICIAL, **PLATFORM}
    if os.environ.get("IMAGES") != "debian" and _pulled(engine, PROBE):
        playing.update({name: name for name in OFFICIAL if _pulled(engine, name)})
    if os.environ.get("KRATOS_IMAGE"):
        playing[KRATOS] = os.environ["KRATOS_IMAGE"]
    recipes = dict.fromkeys(image.recipe for image in IMAGES)
    roots.make(list(recipes))
    _make_wheels()
    for recipe in recipes:
        bare = _import(engine, recipe)
        files = _files(recipe)
        for image in IMAGES:
            if image.recipe == recipe:
                _make(engine, image, bare, files)
    FILE.write_text(json.dumps(playing, indent=2) + "\n", "utf-8")


def known() -> dict[str, str]:
    """The image that plays each of the platform's images."""
    return dict(json.loads(FILE.read_text("utf-8")))


def _pulled(engine: Engine, name: str) -> bool:
    try:
        engine("pull", "--quiet", name)
    except (EngineError, subprocess.TimeoutExpired) as error:
        print(f"images: {name} cannot be had: {error}", flush=True)
        return False
    return True


def _import(engine: Engine, recipe: Recipe) -> str:
    """The root alone, as an image. What the servers of this checkout have in it stays out."""
    name = f"convergence/root:{recipe.name}"
    mark = _mark(recipe.fingerprint)
    if _label(engine, name) == mark:
        return name
    pack = [
        "tar",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--exclude=./srv/*",
        "-C",
        str(recipe.path),
        "-c",
        ".",
    ]
    with subprocess.Popen(host.privileged(pack), stdout=subprocess.PIPE) as packed:
        assert packed.stdout is not None
        engine("import", "--change", f"LABEL {LABEL}={mark}", "-", name, stdin=packed.stdout.fileno())
    if packed.returncode:
        raise EngineError(f"the root {recipe.path} cannot be packed")
    return name


def _make(engine: Engine, image: Image, bare: str, files: Path) -> None:
    own = sorted(path for path in files.rglob("*") if path.is_file() and "dist-packages" not in path.parts)
    # The libraries by their pins: their files are many.
    mark = _mark(
        _label(engine, bare), *image.changes, *_libraries(), *(path.read_text("utf-8") for path in own)
    )
    if _label(engine, image.name) == mark:
        return
    container = engine("create", bare, "true").strip()
    try:
        engine("cp", f"{files}/.", f"{container}:/")
        changes = [
            word for change in (*image.changes, f"LABEL {LABEL}={mark}") for word in ("--change", change)
        ]
        if not any(change.startswith(("CMD", "ENTRYPOINT")) for change in image.changes):
            changes += ["--change", 'CMD ["sleep", "infinity"]']
        engine("commit", *changes, container, image.name)
    finally:
        engine("rm", container)


def _label(engine: Engine, image: str) -> str:
    """What the image was made of; empty when there is none."""
    try:
        return engine("inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', image).strip()
    except EngineError:
        return ""


def _mark(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def _files(recipe: Recipe) -> Path:
    """What lies over the root."""
    files = PLACE / "files" / recipe.name
    shutil.rmtree(files, ignore_errors=True)
    shutil.copytree(HERE / "entrypoints", files / "usr/local/bin", symlinks=True)
    if recipe is roots.HOSTS:
        _furnish_host(files)
    return files


def _furnish_host(files: Path) -> None:
    """Libraries, stand-ins, the schemas they make, and accounts that maintainer scripts would have made."""
    stand_ins = files / STAND_INS
    shutil.copytree(
        HERE / "stand_ins", stand_ins, ignore=shutil.ignore_patterns("__pycache__", "__init__.py")
    )
    shutil.copy(host.CHECKOUT / "roles/kratos/files/schema_migration_v1.3.1.txt", stand_ins)
    for profile in ("alkemio", "kratos"):
        (stand_ins / f"{profile}.sql").write_text(_schema(profile), "utf-8")
    libraries = files / "usr/lib/python3/dist-packages"
    _pip(
        "install",
        "--quiet",
        "--no-index",
        "--find-links",
        str(WHEELS),
        "--target",
        str(libraries),
        *_libraries(),
    )
    etc = files / "etc"
    etc.mkdir()
    for name in ("passwd", "group"):
        known_accounts = (roots.HOSTS.path / "etc" / name).read_text("utf-8")
        own = {
            "passwd": "rabbitmq:x:61001:61001::/var/lib/rabbitmq:/bin/sh\n",
            "group": "rabbitmq:x:61001:\n",
        }
        (etc / name).write_text(known_accounts + own[name], "utf-8")
    # Without this file pip does not even begin.
    authorities = sorted((roots.HOSTS.path / "usr/share/ca-certificates/mozilla").glob("*.crt"))
    bundle = etc / "ssl/certs/ca-certificates.crt"
    bundle.parent.mkdir(parents=True)
    bundle.write_text("".join(authority.read_text("utf-8") for authority in authorities), "utf-8")
    units = etc / "systemd/system"
    units.mkdir(parents=True)
    for unit in (
        "systemd-firstboot.service",
        "redis-server.service",
        "rabbitmq-server.service",
        "epmd.socket",
    ):
        (units / unit).symlink_to("/dev/null")


def _schema(profile: str) -> str:
    """What the application's own migrations leave, as one script."""
    rows = alkemio_seed(generator.DEFAULT_SEED) if profile == "alkemio" else kratos_seed()
    lines = [*schema_statements(profile)]
    for table, values in rows:
        columns = ", ".join(f'"{name}"' for name in values)
        literals = ", ".join(sql.Literal(value).as_string(None) for value in values.values())
        lines.append(f'INSERT INTO "{table}" ({columns}) VALUES ({literals})')
    return "".join(f"{line};\n" for line in lines)


def _libraries() -> list[str]:
    lines = (host.CHECKOUT / "roles/migration/files/requirements.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")] + ["PyYAML==6.0.3"]


def _make_wheels() -> None:
    """The libraries for the Python of the hosts, which reach no package index."""
    wanted = "\n".join(_libraries())
    note = WHEELS / "made-for.txt"
    if note.is_file() and note.read_text("utf-8") == wanted:
        return
    shutil.rmtree(WHEELS, ignore_errors=True)
    WHEELS.mkdir(parents=True)
    _pip("download", "--quiet", "--dest", str(WHEELS), *_libraries())
    note.write_text(wanted, "utf-8")


def _pip(*words: str) -> None:
    machine = platform.machine()
    platforms = [f"manylinux2014_{machine}", *(f"manylinux_2_{minor}_{machine}" for minor in (17, 28, 34))]
    target = ["--python-version", PYTHON, "--implementation", "cp", "--only-binary=:all:"]
    for one in platforms:
        target += ["--platform", one]
    verb, *rest = words
    host.run([sys.executable, "-m", "pip", verb, "--disable-pip-version-check", *target, *rest])
