# SPDX-License-Identifier: GPL-3.0-or-later
"""The quickstart in each state in which an operator may have it.

mysql         as the last release for MySQL ships it (tests/fixtures/quickstart/mysql)
commented     the server commented out by hand, and the clients still looking for it
half          the interim releases: environment and two files converted, the two AI files untouched
postgres      done
"""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.rewriting import (
    File,
    rewrite,
)
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.settings import Settings
from ruamel.yaml import YAML

FIXTURES = Path(__file__).parents[2] / "fixtures/quickstart"
STATES = ("mysql", "commented", "half", "postgres")
COMPOSE = (
    "quickstart-services.yml",
    "quickstart-services-kratos-debug.yml",
    "quickstart-services-ai.yml",
    "quickstart-services-ai-debug.yml",
)
KINDS = {
    ".env.docker": "environment",
    **dict.fromkeys(COMPOSE, "compose"),
    ".build/traefik/traefik.yml": "traefik",
    ".build/traefik/http.yml": "traefik",
    "alkemio.yml": "alkemio",
    ".build/ory/kratos/kratos.yml": "kratos",
}
MANIFESTS = {
    "manifests/10-server-config.yaml": "manifest",
    "manifests/25-server-deployment-dev.yaml": "manifest",
    "manifests/26-server-migration.yaml": "manifest",
    "helm/values.yaml": "helm_values",
}

_OLD_DSN = re.compile(r"mysql://\S*?@tcp\(\S*?:3306\)/kratos\?[^\"\s]*")
_NEW_DSN = (
    "postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/kratos"
    "?sslmode=disable&max_conns=20&max_idle_conns=4"
)


def texts(state: str, kinds: dict[str, str] | None = None) -> dict[str, str]:
    """The files in one state, by path."""
    names = KINDS if kinds is None else kinds
    if state == "postgres":
        return {name: (FIXTURES / "postgres" / name).read_text(encoding="utf-8") for name in names}
    found = {name: (FIXTURES / "mysql" / name).read_text(encoding="utf-8") for name in names}
    if state == "mysql":
        return found
    for name in COMPOSE:
        if state == "commented":
            found[name] = commented(found[name])
        elif not name.startswith("quickstart-services-ai"):
            found[name] = _waiting_for_postgres(_OLD_DSN.sub(_NEW_DSN, commented(found[name])))
    if state == "half":
        found[".env.docker"] = half_environment(found[".env.docker"])
    return found


def commented(text: str) -> str:
    """The server, its volume and those who wait for it with a # in front, as an editor does it."""
    lines = text.split("\n")
    off = {at for at, line in enumerate(lines) if line.strip() in ("- mysql", "depends_on: [mysql]")}
    depth = None
    for at, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if depth is not None and line.strip() and indent <= depth:
            depth = None
        if depth is None and re.fullmatch(r"\s+(mysql|alkemio_dev_mysql):( \{\})?", line):
            depth = indent
        if depth is not None and line.strip():
            off.add(at)
    for at, line in enumerate(lines):
        if line.strip() == "depends_on:":
            own = " " * (len(line) - len(line.lstrip()))
            inside = []
            for other in range(at + 1, len(lines)):
                if not lines[other].startswith((own + "  ", own + "- ")):
                    break
                inside.append(other)
            if off.issuperset(inside):
                off.add(at)
    shown = [re.sub(r"^(\s*)", r"\1# ", line) if at in off else line for at, line in enumerate(lines)]
    return re.sub(r"\[mysql, (\w+)\]", r"[\1]", re.sub(r"\[([\w-]+), mysql\]", r"[\1]", "\n".join(shown)))


def _waiting_for_postgres(text: str) -> str:
    """As the interim releases have it."""
    return re.sub(
        r"(  kratos-migrate:\n(?:.*\n)+?)(    environment:)",
        r"\1    depends_on:\n      - postgres\n\2",
        text,
        count=1,
    )


def half_environment(text: str) -> str:
    """The interim releases' environment: PostgreSQL's variables are there, MySQL's too."""
    text = text.replace("DATABASE_HOST=mysql\n", "", 1).replace(
        "synapse,hydra", "alkemio,kratos,synapse,hydra"
    )
    return text.replace(
        "# MySQL\n",
        "DATABASE_TYPE=postgres\nDATABASE_HOST=postgres\nDATABASE_PORT=5432\nDATABASE_USERNAME=synapse\n"
        "DATABASE_PASSWORD=synapse\nDATABASE_NAME=alkemio\n\n# legacy, MySQL\n",
    )


@cache
def done(state: str) -> dict[str, str]:
    """What becomes of the files in one state. Not to be changed."""
    return rewritten(texts(state))


def rewritten(files: dict[str, str], kinds: dict[str, str] | None = None, **settings: Any) -> dict[str, str]:
    """What becomes of them."""
    names = KINDS if kinds is None else kinds
    new = rewrite([File(path, names[path], text) for path, text in files.items()], Settings.of(settings))
    return {file.path: file.text for file in new}


def data(text: str) -> Any:
    """What a YAML text says, without comments and layout."""
    return list(YAML(typ="safe", pure=True).load_all(io.StringIO(text)))
