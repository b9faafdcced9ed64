# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes of an operator, planted in the example inventories many at a time: each is found, with what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from tests.inventories.world import Inventory, World
from tests.support.playbooks.ansible import Run


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong in an inventory."""

    plant: Callable[[Inventory], Any]
    says: tuple[str, ...]
    """What one finding says, all of it; the first begins it."""
    weight: str = "stops"


def text(old: str, new: str) -> Callable[[Inventory], None]:
    return lambda inventory: inventory.replace(old, new)


def given(**variables: Any) -> Callable[[Inventory], None]:
    return lambda inventory: inventory.give(**variables)


def without(name: str) -> Callable[[Inventory], None]:
    return lambda inventory: inventory.take(name)


DEV = {
    "wrong port of the source": Mistake(
        given(migration_source_login_port=1),
        ("", "migration_source_login_port", "migration_source_login_host"),
    ),
    "wrong health path": Mistake(
        text("/rest #", "/rest/health #"),
        ("service_downtime_services[2].health (quickstart): http://", "/rest/health answers 404"),
    ),
    "wrong service of a compose project": Mistake(
        text("matrix-adapter", "matrix-adaptor"),
        ("service_downtime_services[1].services", "names matrix-adaptor", "Did you mean matrix-adapter?"),
    ),
    "wrong environment file": Mistake(
        text("[.env.docker]", "[.env.dockr]"),
        (
            "service_downtime_services[0].environment_files[0]",
            ".env.dockr, which is not there",
            ".env.docker?",
        ),
    ),
    "unknown variable": Mistake(
        given(migration_encryption_key_fil="/etc/key"),
        ("migration_encryption_key_fil: is known to no role", "Did you mean migration_encryption_key_file?"),
    ),
    "unknown key of a service": Mistake(
        text("    health: http", "    helth: http"),
        ("service_downtime_services[2].helth: is known to no role", "Did you mean health?"),
    ),
    "unreachable administration of Kratos": Mistake(
        given(kratos_admin_url="http://127.0.0.1:1/ory/kratos"),
        ("kratos_admin_url (quickstart): Kratos at http://127.0.0.1:1/ory/kratos is not ready",),
    ),
    "wrong public address of Kratos": Mistake(
        text("/ory/kratos/public", "/ory/kratos/publik"),
        ("kratos_public_url (quickstart): http://", "/ory/kratos/publik/sessions/whoami answers 404"),
    ),
    "smoke check that nothing answers": Mistake(
        text("contains: '\"id\"'", "contains: '\"identifier\"'"),
        ("cutover_smoke_checks[0] (quickstart): spaces at http://", "without what it must contain"),
    ),
    "vault that was not read": Mistake(
        without("vault_smoke_password"),
        ("vault_smoke_password (quickstart): is not given, and kratos_login_password needs it", "--vault-id"),
    ),
    "number that is none": Mistake(
        given(migration_workers="many"), ("migration_workers (quickstart): is not of the type int: many",)
    ),
    "choice that there is not": Mistake(
        given(migration_trial="ful"), ("migration_trial (quickstart): is ful", "one of off, sample, full")
    ),
    "profile that nobody has": Mistake(
        text("profile: kratos", "profile: cratos"),
        ("migration_databases[1].profile (quickstart): is cratos", "Did you mean kratos?"),
    ),
    "database that is not moved": Mistake(
        text("service_downtime_databases: [alkemio, kratos]", "service_downtime_databases: [alkemio, krats]"),
        ("service_downtime_databases (quickstart): names the database krats", "Did you mean kratos?"),
    ),
    "host that the inventory does not have": Mistake(
        given(service_downtime_shared_host="quikstart"),
        ("service_downtime_shared_host (quickstart): is quikstart", "Did you mean quickstart?"),
    ),
    "directory of the rehearsal": Mistake(
        lambda inventory: inventory.give(migration_rehearsal_directory=f"{inventory.folder}/convergence/run"),
        ("migration_rehearsal_directory (quickstart): is /", "and so is migration_run_directory"),
    ),
    "program that is not there": Mistake(
        given(cutover_switch=["to-postgresql"]),
        ("cutover_switch (quickstart): runs to-postgresql", "Install it"),
    ),
    "configuration file of Kratos": Mistake(
        text("/kratos/kratos.yml", "/kratos/kratos.yaml"),
        ("kratos_configuration_file (quickstart): names /", "kratos.yaml, which is not there", "kratos.yml?"),
    ),
    "dump that is not there": Mistake(
        text("/alkemio.sql.gz", "/alkemo.sql.gz"),
        ("source_copy_dumps[0].file (quickstart): names /", "alkemo.sql.gz", "alkemio.sql.gz?"),
        "beside",
    ),
}
ACC = {
    "wrong unit": Mistake(
        text("unit: alkemio-server", "unit: alkemio-srver"),
        (
            "service_downtime_services[1].unit (platform.acc.example.org): names the unit alkemio-srver",
            "not-found",
        ),
    ),
    "service on a host that there is not": Mistake(
        text("host: platform.acc.example.org # runs", "host: platfrom.acc.example.org # runs"),
        (
            "service_downtime_services[0].host (mover.acc.example.org): is platfrom",
            "mean platform.acc.example.org?",
        ),
    ),
    "wrong password of the target": Mistake(
        given(vault_target_password="wrong"), ("", "The target: ", "refused the login of role 'owner'")
    ),
    "wrong password of the freeze": Mistake(
        given(vault_freezer_password="wrong"),
        ("service_downtime_login_user (mover.acc.example.org): ", "refused the login"),
    ),
    "account that locks itself out": Mistake(
        lambda inventory: inventory.give(
            service_downtime_accounts=[f"{inventory.world.stage.source_account.user}@%"]
        ),
        ("migration_source_login_user (mover.acc.example.org): is reader", "lets be locked"),
    ),
    "administration of Kratos with the role's own part": Mistake(
        text("/ory/kratos # the", "/ory/kratos/admin # the"),
        ("kratos_admin_url (platform.acc.example.org): is http", "/admin/admin", "Write http"),
    ),
    "wrong program of a backup": Mistake(
        given(database_backup_source_command=["mysql-dump"]),
        ("database_backup_source_command (mover.acc.example.org): runs mysql-dump",),
    ),
    "second database server at the first one's port": Mistake(
        lambda inventory: inventory.give(
            migration_target_login_port=inventory.world.stage.source.port,
            migration_target_login_host=inventory.world.stage.source.host,
        ),
        ("migration_target_login_port (mover.acc.example.org): is ", "that is the source's address"),
    ),
    "driver without what it needs": Mistake(
        text("    services: [oidc-service, kratos]\n", ""),
        (
            "service_downtime_services[2] (mover.acc.example.org): (identity, driver docker_compose) has no services",
        ),
    ),
}
PROD = {
    "wrong deployment": Mistake(
        text("[alkemio-server-deployment]", "[alkemio-srver-deployment]"),
        (
            "service_downtime_services[2] (mover.example.org): server: the namespace default has no alkemio-srver",
        ),
    ),
    "wrong context": Mistake(
        text(
            "stand-in\n    namespace: default\n    deployments:\n      - alkemio-notifications-deployment",
            "elsewhere\n    namespace: default\n    deployments:\n      - alkemio-notifications-deployment",
        ),
        ("service_downtime_services[1] (mover.example.org): ", "elsewhere"),
    ),
    "missing key of a secret": Mistake(
        text("password_in: config_map", "password_in: secret"),
        (
            "kubernetes_manifests_password_in (mover.example.org): the Secret alkemio-secrets ",
            "is not there",
        ),
    ),
    "missing key of a config map": Mistake(
        lambda inventory: inventory.world.cluster.cluster.objects[
            ("configmaps", "default", "alkemio-config")
        ]["data"].pop("POSTGRES_USER"),
        (
            "kubernetes_manifests_user (mover.example.org): the ConfigMap alkemio-config ",
            "has no key POSTGRES_USER",
        ),
    ),
    "key that everybody reads": Mistake(
        lambda inventory: (inventory.folder / "key").chmod(0o644),
        ("migration_encryption_key_file (mover.example.org): names /", "others may read", "chmod 0600"),
    ),
    "manifest that is not there": Mistake(
        given(kubernetes_manifests_files=["25-server-deployment.yaml"]),
        (
            "kubernetes_manifests_files[0] (mover.example.org): names /",
            "mean /",
            "25-server-deployment-dev.yaml?",
        ),
    ),
    "files of a group without hosts": Mistake(
        given(kratos_version="v1.3.1"),
        ("kratos_version (mover.example.org): is given, and kratos_configuration_file or",),
    ),
    "provider's backup that is not there": Mistake(
        text("/dumps/mysql.sql.gz", "/dumps/mysql.sql"),
        ("database_backup_source_file (mover.example.org): names /", "mysql.sql.gz?"),
    ),
}
ALL = {"dev": DEV, "acc": ACC, "prod": PROD}
# Two in the same place hide each other: each of these has a run of its own.
ALONE = {("dev", "unknown key of a service"), ("acc", "second database server at the first one's port")}
CASES = [(name, mistake) for name, mistakes in ALL.items() for mistake in mistakes]


@pytest.fixture(scope="module")
def found(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], tuple[Run, Inventory]]:
    """Runs the check of an inventory with all its mistakes, or with one alone."""

    @cache
    def run(name: str, alone: str) -> tuple[Run, Inventory]:
        inventory = world.inventory(name, tmp_path_factory.mktemp(name))
        for one, mistake in ALL[name].items():
            if one == alone if alone else (name, one) not in ALONE:
                mistake.plant(inventory)
        return inventory.check(), inventory

    return run


@pytest.mark.parametrize(("name", "mistake"), CASES)
def test_it_is_found(found: Callable[[str, str], tuple[Run, Inventory]], name: str, mistake: str) -> None:
    run, inventory = found(name, mistake if (name, mistake) in ALONE else "")
    wanted = ALL[name][mistake]
    findings = [one for one in inventory.report["findings"] if one["weight"] == wanted.weight]
    head, *rest = wanted.says
    right = [
        one["text"]
        for one in findings
        if one["text"].startswith(head) and all(part in one["text"] for part in rest)
    ]
    assert len(right) == 1, [one["text"] for one in inventory.report["findings"]]
    assert run.status != 0
    said = " ".join(run.output.split())
    assert right[0] in said, "it stands in the file and not in the list"


# By inventory, how findings begin that follow of a mistake: the same login is another role's too.
FOLLOWS = {
    "dev": ["service_downtime_login_user (quickstart): Cannot connect to the source server"],
    "acc": ["kratos_target_login_user (platform.acc.example.org): The database kratos of Kratos on"],
    "prod": [],
}


@pytest.mark.parametrize("name", ALL)
def test_nothing_else_is_found(found: Callable[[str, str], tuple[Run, Inventory]], name: str) -> None:
    _run, inventory = found(name, "")
    wanted = [mistake.says for mistake in ALL[name].values()] + [(head,) for head in FOLLOWS[name]]
    surplus = [
        one["text"]
        for one in inventory.report["findings"]
        if not any(
            one["text"].startswith(head) and all(part in one["text"] for part in rest)
            for head, *rest in wanted
        )
    ]
    assert surplus == []
