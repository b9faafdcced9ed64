# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.support.generator``: a source, a target or both from the command line."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from . import DEFAULT_SEED, SCALES, create_source, create_target, synthetic
from .catalogs import PROFILES


def main(arguments: list[str] | None = None) -> int:
    """Parses, connects, generates."""
    options = _parser().parse_args(arguments)
    if not options.source_host and not options.target_host:
        print("name a --source-host or a --target-host", file=sys.stderr)
        return 2
    if options.target_host:
        _target(options)
    if options.source_host:
        _source(options)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.support.generator", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--profile", choices=PROFILES)
    what.add_argument(
        "--dataset", choices=synthetic.DATASETS, help="one of the plain data sets for measuring"
    )
    parser.add_argument("--factor", type=float, default=1.0, help="size of the data set")
    parser.add_argument("--scale", choices=SCALES, default="tiny")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--replace", action="store_true", help="drop the tables of an earlier run first")
    parser.add_argument("--network", action="store_true", help="add a fresh random row to Kratos' networks")
    parser.add_argument("--no-seed-rows", action="store_true", help="leave the target's tables empty")
    for side, port in (("source", 3306), ("target", 5432)):
        parser.add_argument(f"--{side}-host")
        parser.add_argument(f"--{side}-port", type=int, default=port)
        parser.add_argument(f"--{side}-user", default="root" if side == "source" else "postgres")
        parser.add_argument(f"--{side}-database", help="default: the name of what is made")
        # A source alone needs no prefix.
        names = [f"--{side}-password-env", *(["--password-env"] if side == "source" else [])]
        parser.add_argument(*names, dest=f"{side}_password_env", help="variable that holds the password")
        parser.add_argument(f"--{side}-password-file", type=Path)
    return parser


def _password(options: argparse.Namespace, side: str) -> str:
    """From a variable or a file: a command line is readable for everybody on the machine."""
    variable, file = getattr(options, f"{side}_password_env"), getattr(options, f"{side}_password_file")
    if variable:
        return os.environ[variable]
    return str(file.read_text(encoding="utf-8").rstrip("\n")) if file else ""


def _source(options: argparse.Namespace) -> None:
    import pymysql  # noqa: PLC0415 - a target alone needs no MySQL driver

    password = _password(options, "source")

    def connect() -> Any:
        return pymysql.connect(
            host=options.source_host,
            port=options.source_port,
            user=options.source_user,
            password=password,
            database=options.source_database or options.profile or options.dataset,
            charset="utf8mb4",
        )

    connection = connect()
    shared: dict[str, Any] = {"workers": options.workers, "connect": connect}
    if options.dataset:
        created = synthetic.create_source(connection, options.dataset, options.factor, options.seed, **shared)
    else:
        created = create_source(
            connection, options.profile, options.scale, options.seed, replace=options.replace, **shared
        )
    connection.close()
    megabytes = created.statement_bytes / 1e6
    print(
        f"{created.profile}: seed {created.seed}, {len(created.tables)} tables, {created.rows} rows,"
        f" {megabytes:.1f} MB of INSERT, {created.seconds:.1f} s"
    )


def _target(options: argparse.Namespace) -> None:
    import psycopg  # noqa: PLC0415 - a source alone needs no PostgreSQL driver

    with psycopg.connect(
        host=options.target_host,
        port=options.target_port,
        user=options.target_user,
        password=_password(options, "target"),
        dbname=options.target_database or options.profile or options.dataset,
    ) as connection:
        if options.dataset:
            synthetic.create_target(connection, options.dataset)
        else:
            create_target(
                connection,
                options.profile,
                seed_rows=not options.no_seed_rows,
                network=options.network,
                seed=options.seed,
                replace=options.replace,
            )
    print(f"{options.profile or options.dataset}: target schema made")


if __name__ == "__main__":
    sys.exit(main())
