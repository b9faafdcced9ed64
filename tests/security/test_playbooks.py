# SPDX-License-Identifier: GPL-3.0-or-later
"""The job as an operator runs it, at -vvv: nothing secret in output, files, arguments or environments."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.security import shop
from tests.support.engine import accounts, places
from tests.support.engine.migration import CHECKOUT
from tests.support.playbooks import ansible
from tests.support.playbooks.ansible import Run
from tests.support.servers.server import Server

PHASES = "inspect,transform,dump,load,verify"


@dataclass
class Watch:
    """Looks at the arguments and the environment of every process, again and again."""

    secrets: list[bytes]
    seen: set[int] = field(default_factory=set)
    found: set[str] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        while not self._stop.wait(0.02):
            for folder in Path("/proc").glob("[1-9]*"):
                for name in ("cmdline", "environ"):
                    with contextlib.suppress(OSError):
                        text = (folder / name).read_bytes()
                        if b"convergence" in text or b"Ansiball" in text:
                            self.seen.add(int(folder.name))
                        self.found |= {f"{name}: {secret!r}" for secret in self.secrets if secret in text}

    @contextlib.contextmanager
    def on(self) -> Iterator[None]:
        thread = threading.Thread(target=self.look, daemon=True)
        thread.start()
        yield
        self._stop.set()
        thread.join()


@dataclass(frozen=True)
class Operator:
    """An inventory with accounts of a password of their own."""

    inventory: Path
    run: Path
    target: Server
    database: str
    hidden: list[str]

    def play(self, name: str, *arguments: str, **variables: Any) -> Run:
        return ansible.of_checkout().playbook(name, self.inventory, "-vvv", "--diff", *arguments, **variables)

    def rows(self) -> list[tuple[Any, ...]]:
        return places.ask(self.target, self.database, "SELECT name FROM setting ORDER BY id")

    def assert_silent(self, *runs: Run) -> None:
        texts = {f"output {number}": run.output.encode() for number, run in enumerate(runs)}
        files = [path for path in self.run.rglob("*") if path.is_file() and ".copy.zst" not in path.name]
        texts |= {str(path): path.read_bytes() for path in files}
        for word in self.hidden:
            assert [place for place, text in texts.items() if word.encode() in text] == []


@pytest.fixture(scope="module")
def operator(mariadb: Server, postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    folder = tmp_path_factory.mktemp("operator")
    words = [secrets.token_urlsafe(18), secrets.token_urlsafe(18), secrets.token_urlsafe(40)]
    key_file = folder / "snapshot.key"
    key_file.touch(mode=0o600)
    key_file.write_text(words[2], encoding="ascii")
    database = shop.new_source(mariadb, 50)
    reader = accounts.source_account(mariadb, database)
    places.ask(mariadb, None, f"ALTER USER '{reader.user}'@'%' IDENTIFIED BY '{words[0]}'")
    owner = places.unique("owner")
    places.ask(postgresql, None, f"CREATE ROLE {owner} LOGIN PASSWORD '{words[1]}'")
    target = shop.new_target(postgresql, owner)
    variables = {
        "migration_run_directory": str(folder / "run"),
        "migration_venv": str(CHECKOUT / ".venv"),
        "migration_databases": [{"name": "shop", "source": database, "target": target, "profile": "shop"}],
        "migration_profiles": {"shop": shop.PROFILE},
        "migration_source_login_host": mariadb.host,
        "migration_source_login_port": mariadb.port,
        "migration_source_login_user": reader.user,
        "migration_source_login_password": words[0],
        "migration_target_login_host": postgresql.host,
        "migration_target_login_port": postgresql.port,
        "migration_target_login_user": owner,
        "migration_target_login_password": words[1],
        "migration_encryption_key_file": str(key_file),
    }
    inventory = ansible.write_inventory(folder, CHECKOUT / ".venv/bin/python", variables)
    return Operator(inventory, folder / "run", postgresql, target, [*words, *shop.PERSONAL])


def test_nothing_secret_is_seen_while_a_migration_runs(operator: Operator) -> None:
    watch = Watch([word.encode() for word in operator.hidden])
    with watch.on():
        run = operator.play("migrate", "--tags", PHASES)
    assert run.status == 0, run.output
    assert watch.found == set()
    assert len(watch.seen) > 5  # it did look at them
    operator.assert_silent(run)
    assert list(operator.run.rglob("*.copy.zst.aes"))


def test_reset_makes_the_target_what_it_was(operator: Operator) -> None:
    loaded = operator.rows()
    foreseen = operator.play("reset", "--check")
    assert (foreseen.status, foreseen.changed) == (0, 1), foreseen.output
    assert operator.rows() == loaded
    run = operator.play("reset", migration_reset_confirm=True)
    assert (run.status, run.changed) == (0, 1), run.output
    assert operator.rows() == [("colour",), ("shape",)]
    operator.assert_silent(foreseen, run)


def test_a_refused_row_is_not_shown_at_vvv(operator: Operator) -> None:
    """A constraint that only the target can judge lets its error quote the row."""
    fine = "CREATE FUNCTION fine(text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RETURN $1 NOT LIKE 'anna%'; END$$"
    places.ask(operator.target, operator.database, fine)
    constraint = "ALTER TABLE customer ADD CONSTRAINT fine CHECK (public.fine(email::text))"
    places.ask(operator.target, operator.database, constraint)
    run = operator.play("migrate", "--tags", PHASES, migration_restart=True)
    assert run.status != 0
    assert "The target refused a row of customer" in run.output
    operator.assert_silent(run)


@pytest.mark.long
def test_cleanup_refuses_half_done_work_and_shows_what_it_removes(operator: Operator) -> None:
    refused = operator.play("cleanup")
    assert refused.status != 0
    assert "its ledger alone knows" in refused.output
    fine = "CREATE OR REPLACE FUNCTION fine(text) RETURNS boolean LANGUAGE sql AS 'SELECT true'"
    places.ask(operator.target, operator.database, fine)
    run = operator.play("migrate", "--tags", "load,verify")
    assert run.status == 0, run.output
    removed = operator.play("cleanup")
    assert (removed.status, removed.changed) == (0, 1), removed.output
    assert f"removed ledger {operator.database}.convergence" in removed.output
    assert f"removed snapshot {operator.run}/snapshot (4 files, " in removed.output
    assert not list(operator.run.rglob("*.copy.zst.aes"))
    operator.assert_silent(refused, run, removed)
