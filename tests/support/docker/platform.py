# SPDX-License-Identifier: GPL-3.0-or-later
"""An Alkemio platform in containers, for the Molecule scenarios: python -m tests.support.docker.platform VERB.

    files STATE   a checkout of the quickstart in a state of tests/support/playbooks/states.py, its images those that
                  tests/support/docker/images.py knows
    states        a checkout of each state, as it is; --compare: whether its files are those still
    fill          rows in MySQL, as the platform's databases have them, and what "others" makes
    others        data of other applications in PostgreSQL and in a volume
    foreign       compares a checksum of everything that belongs to others with the previous one (--remember: takes it)
    source        the same for all rows of MySQL but those that the server writes all the time
    look          compares both databases row by row through their drivers, without the engine

The services themselves are docker compose's; this only makes what compose finds. Logins stand in the inventory of the
scenarios too: servers and passwords live as long as a scenario.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import pymysql

from tests.support import generator
from tests.support.docker import images
from tests.support.playbooks import look, states
from tests.support.playbooks.stage import DATABASES, Account, Stage
from tests.support.servers.host import BUILD
from tests.support.servers.server import Server

CHECKOUT = BUILD / "molecule/platform"
SESSION = "ory_st_of_the_scenario"  # of somebody who is logged in, and has to be so after the cut-over
# What the stand-in for the server writes, as long as it runs
WRITTEN = "lifecycle"
NETWORK = "alkemio_dev_net"
SOURCE, TARGET = "alkemio_dev_mysql", "alkemio_dev_postgres"
COLLABORATION = ("whiteboard-collaboration", "collaborative-document")
FOREIGN = ("synapse", "hydra")
STARTS_WITHIN = 120  # seconds


def files(state: str) -> None:
    """The checkout, made anew."""
    _empty()
    _copy(state, CHECKOUT)
    shutil.copytree(Path(__file__).parent / "checkout", CHECKOUT, dirs_exist_ok=True)
    for name in states.COMPOSE:
        file = CHECKOUT / name
        file.write_text(_in_containers(file.read_text("utf-8")), "utf-8")


def _empty() -> None:
    """The folder itself stays: it is mounted in the hosts."""
    CHECKOUT.mkdir(parents=True, exist_ok=True)
    for path in CHECKOUT.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _copy(state: str, folder: Path) -> None:
    shutil.copytree(states.FIXTURES / "mysql", folder, dirs_exist_ok=True)
    for name, text in states.texts(state).items():
        (folder / name).write_text(text, "utf-8")


def every_state() -> None:
    _empty()
    for state in states.STATES:
        _copy(state, CHECKOUT / state)


def other_than_made() -> list[str]:
    """The files of every state that are not those of `every_state`, or are too many."""
    found = []
    for state in states.STATES:
        with tempfile.TemporaryDirectory() as folder:
            _copy(state, Path(folder))
            found += [f"{state}/{name}" for name in _different(Path(folder), CHECKOUT / state)]
    return found


def _different(one: Path, other: Path) -> set[str]:
    """Names of files that only one folder has or that have other bytes."""
    contents = [
        {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (one, other)
    ]
    names = {name for files in contents for name in files}
    return {name for name in names if contents[0].get(name) != contents[1].get(name)}


def _in_containers(compose: str) -> str:
    """With images that can be had, on the network of the scenario, and no folder that compose would have to make."""
    for name, image in images.known().items():
        compose = compose.replace(f"image: {name}\n", f"image: {image}\n")
    for service in COLLABORATION:
        environment = f'["SERVICE={service}", "SERVER=http://convergence-services:4000"]'
        compose = re.sub(
            rf"(\n  {service}:\n(?:    .*\n)*?    image: .*\n)",
            rf"\1    environment: {environment}\n",
            compose,
        )
    network = f"  {NETWORK}:\n    name: {NETWORK}\n    external: true\n"
    return compose.replace(f"  {NETWORK}:\n    driver: bridge\n", network)


def stage() -> Stage:
    """Both servers as the controller reaches them."""
    source = Server("platform", "mysql", 3306, "root", "toor", _address(SOURCE))
    return Stage(source, target(), Account("convergence", "reader"), Account("synapse", "synapse"))


def target() -> Server:
    return Server("platform", "postgresql", 5432, "synapse", "synapse", _address(TARGET))


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], check=True, capture_output=True, text=True).stdout


def _address(container: str) -> str:
    form = f'{{{{(index .NetworkSettings.Networks "{NETWORK}").IPAddress}}}}'
    return docker("inspect", "--format", form, container).strip()


def fill() -> None:
    """Also a source that was filled before."""
    platform = stage()
    _wait(platform.source)
    with platform.on_source() as session, session.cursor() as cursor:
        for statement in _accounts():
            cursor.execute(statement)
    for profile in DATABASES:
        with platform.on_source(profile) as source:
            generator.create_source(source, profile, "tiny", replace=True)
    with platform.on_source("kratos") as session, session.cursor() as cursor:
        cursor.execute(
            "UPDATE sessions SET token = %s, active = 1, expires_at = now() + INTERVAL 2 DAY ORDER BY id LIMIT 1",
            (SESSION,),
        )
    others()


def others() -> None:
    """Once; what is there stays."""
    server = target()
    _wait(server)
    for name in FOREIGN:
        with psycopg.connect(**_login(server, name)) as session:
            rows = "SELECT n, md5(n::text) FROM generate_series(1, 2000) n"
            session.execute(f"CREATE TABLE IF NOT EXISTS event AS {rows}")
    docker("exec", "alkemio_dev_synapse", "sh", "-c", "seq 5000 > /data/homeserver.log")


def _accounts() -> list[str]:
    """Those of docs/privileges.md."""
    return [
        "CREATE USER IF NOT EXISTS convergence@'%%' IDENTIFIED BY 'reader'",
        *(f"GRANT SELECT, LOCK TABLES ON `{name}`.* TO convergence@'%%'" for name in DATABASES),
        "GRANT REPLICATION CLIENT ON *.* TO convergence@'%%'",
        "CREATE USER IF NOT EXISTS freezer@'%%' IDENTIFIED BY 'freezer'",
        "GRANT CREATE USER, PROCESS, SYSTEM_VARIABLES_ADMIN, CONNECTION_ADMIN ON *.* TO freezer@'%%'",
        "GRANT SELECT ON mysql.user TO freezer@'%%'",
    ]


def _login(server: Server, database: str) -> dict[str, Any]:
    return {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "dbname": database,
        "autocommit": True,
    }


def _wait(server: Server) -> None:
    """Until it lets us in and has its databases."""
    until = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            _try(server)
        except (pymysql.Error, psycopg.Error):
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
        else:
            return


def _try(server: Server) -> None:
    for name in DATABASES if server.kind == "mysql" else FOREIGN:
        if server.kind == "mysql":
            login = {"host": server.host, "user": server.user, "password": server.password}
            pymysql.connect(database=name, **login).close()
        else:
            psycopg.connect(**_login(server, name)).close()


def foreign() -> str:
    """Rows of the other databases, files of the other volume, and when their service was started."""
    found: dict[str, object] = {}
    server = target()
    for name in FOREIGN:
        with psycopg.connect(**_login(server, name)) as session:
            rows = session.execute(
                "SELECT count(*), md5(string_agg(e::text, ',' ORDER BY n)) FROM event e"
            ).fetchone()
        found[name] = list(rows or ())
    volume = docker("exec", "alkemio_dev_synapse", "sh", "-c", "find /data -type f | sort | xargs cat")
    found["volume of synapse"] = hashlib.sha256(volume.encode()).hexdigest()
    found["synapse"] = docker(
        "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "alkemio_dev_synapse"
    ).strip()
    return json.dumps(found)


def source() -> str:
    """A checksum for each table."""
    found: dict[str, list[object]] = {}
    for profile in DATABASES:
        with stage().on_source(profile) as session, session.cursor() as cursor:
            cursor.execute("SHOW TABLES")
            names = [name for (name,) in cursor.fetchall() if name != WRITTEN]
            cursor.execute(f"CHECKSUM TABLE {', '.join(f'`{name}`' for name in names)}")
            found[profile] = list(cursor.fetchall())
    return json.dumps(found)


def _remembered(verb: str, remember: bool) -> int:
    """Take a checksum, or compare it with the previous one."""
    file = BUILD / f"molecule/{verb}.json"
    now = foreign() if verb == "foreign" else source()
    if remember:
        file.write_text(now, "utf-8")
        return 0
    before = file.read_text("utf-8")
    return _say([] if before == now else [f"before: {before}", f"now:    {now}"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.docker.platform", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("files").add_argument("state", choices=states.STATES)
    verbs.add_parser("states").add_argument("--compare", action="store_true")
    for name in ("foreign", "source"):
        verbs.add_parser(name).add_argument("--remember", action="store_true")
    for name in ("fill", "others", "look"):
        verbs.add_parser(name)
    options = parser.parse_args()
    if options.verb == "files":
        files(options.state)
    elif options.verb == "states" and options.compare:
        return _say(other_than_made())
    elif options.verb == "states":
        every_state()
    elif options.verb == "fill":
        fill()
    elif options.verb == "others":
        others()
    elif options.verb in ("foreign", "source"):
        return _remembered(options.verb, options.remember)
    else:
        return _say([line for profile in DATABASES for line in look.differences(stage(), profile)])
    return 0


def _say(differences: list[str]) -> int:
    print("\n".join(differences) or "as it should be")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
