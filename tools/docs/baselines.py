# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/baseline-and-upstream.md: the generated schemas beside those that the applications' own makers wrote."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.alkemio.convergence.plugins.module_utils._baseline import decisions
from ansible_collections.alkemio.convergence.plugins.module_utils._baseline.ddl import make

from tools.docs import catalog_files
from tools.docs.catalog_files import Target


@dataclass(frozen=True, order=True)
class Difference:
    """What is not alike in one place."""

    kind: str
    ours: str
    theirs: str
    where: str


_COLUMN = re.compile(r'  "([^"]+)" (.+?)( NOT NULL)?(?: DEFAULT (.*?)| (GENERATED .*?))?,?')
_SPELLINGS = {
    "varchar": "character varying",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
}


def generated(application: str) -> Target:
    """The schema that is made of the source's catalog, without a decision of anybody, out of its statements."""
    database, found = catalog_files.source(application)
    schema = make("mysql", database, found, decisions.read(application, {}))
    target = Target()
    for statement in schema.statements:
        table = re.search(r'TABLE "([^"]+)"', statement)
        if statement.startswith("CREATE TABLE") and table:
            for line in statement.splitlines()[1:-1]:
                _line(target, table[1].lower(), line)
        elif " UNIQUE (" in statement and table:
            columns = catalog_files.names(statement.partition(" UNIQUE (")[2][:-1])
            target.unique.add((table[1].lower(), tuple(sorted(columns))))
        elif statement.startswith(("CREATE INDEX", "CREATE UNIQUE")):
            catalog_files.add_index(target, statement, primary=False)
        elif " FOREIGN KEY " in statement and table:
            catalog_files.add_foreign_key(target, table[1], statement)
    return target


def _line(target: Target, table: str, line: str) -> None:
    if line.startswith("  CONSTRAINT"):
        target.primary[table] = catalog_files.names(line.partition("PRIMARY KEY (")[2].rstrip(",")[:-1])
        return
    match = _COLUMN.fullmatch(line)
    assert match is not None, line
    head, _, rest = match[2].strip('"').partition("(")
    kind = _SPELLINGS.get(head, head) + (f"({rest}" if rest else "")
    default = "counter" if match[5] else (match[4] or "")
    target.columns[table, match[1].lower()] = (kind, match[3] is None, default)


def differences(application: str) -> list[Difference]:
    """All of them, in order."""
    return sorted(_differences(generated(application), catalog_files.target(application)))


def _differences(ours: Target, theirs: Target) -> Iterator[Difference]:
    for place in sorted(ours.columns.keys() | theirs.columns.keys()):
        where = ".".join(place)
        if place not in ours.columns or place not in theirs.columns:
            yield Difference("column", str(place in ours.columns), str(place in theirs.columns), where)
            continue
        (kind, nullable, default), (their, null, said) = ours.columns[place], theirs.columns[place]
        if kind != their:
            yield Difference("type", kind, their, where)
        if nullable != null:
            yield Difference("null", _null(nullable), _null(null), where)
        if _default(default) != _default(said):
            yield Difference("default", _default(default) or "none", _default(said) or "none", where)
    for table in sorted(ours.primary.keys() | theirs.primary.keys()):
        one, other = ours.primary.get(table, ()), theirs.primary.get(table, ())
        if one != other:
            yield Difference("primary key", ", ".join(one) or "none", ", ".join(other) or "none", table)
    yield from _sets("unique key", ours.unique, theirs.unique)
    yield from _sets("index", ours.indexes, theirs.indexes)
    mine = {(table, key): f"{other} {what}".strip() for table, key, other, what in ours.foreign_keys}
    yours = {(table, key): f"{other} {what}".strip() for table, key, other, what in theirs.foreign_keys}
    for table, columns in sorted(mine.keys() | yours.keys()):
        one_key, other_key = mine.get((table, columns), "none"), yours.get((table, columns), "none")
        if one_key != other_key:
            yield Difference("foreign key", one_key, other_key, f"{table}({', '.join(columns)})")


def _null(nullable: bool) -> str:
    return "NULL" if nullable else "NOT NULL"


def _sets(
    kind: str, ours: set[tuple[str, tuple[str, ...]]], theirs: set[tuple[str, tuple[str, ...]]]
) -> Iterator[Difference]:
    for table, columns in sorted(ours ^ theirs):
        there = (table, columns) in ours
        yield Difference(
            kind, "there" if there else "none", "none" if there else "there", f"{table}({', '.join(columns)})"
        )


def _default(text: str) -> str:
    """Without what PostgreSQL writes behind a literal; a sequence is a counter."""
    text = re.sub(r"::[a-z_ ]+(?:\([\d,]+\))?(?:\[\])?", "", text.strip())
    if "nextval(" in text:
        return "counter"
    if text.lower() in {"current_timestamp", "now()"}:
        return "now()"
    return re.sub(r"^'(-?\d+(?:\.\d+)?)'$", r"\1", text)


# --- why ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reason:
    """What explains a difference; the patterns are over the whole of what either side has."""

    kind: str
    ours: str
    theirs: str
    verdict: str
    """Of the generated schema: `better`, `equal`, `taste`, or `theirs` where the application knows more."""
    why: str
    where: str = ".*"


REASONS = (
    Reason(
        "index",
        "there",
        "none",
        "better",
        "the source has it, mostly to serve a foreign key: without it a delete of a parent reads the whole table",
        r"\w+\([^(]*\)",
    ),
    Reason(
        "index",
        "there",
        "none",
        "equal",
        "the same first characters of the column, as an expression",
        r".*left\(.*",
    ),
    Reason(
        "type",
        "timestamp with time zone",
        "timestamp without time zone",
        "better",
        "TIMESTAMP is an instant; without a zone its meaning hangs on the server's",
    ),
    Reason(
        "type", r"character varying\(\d+\)", "character varying", "equal", "the source's own limit is kept"
    ),
    Reason(
        "type",
        "bigint",
        "integer",
        "better",
        "the wider type of the source is kept, so that every value fits",
    ),
    Reason(
        "type",
        "smallint",
        "boolean",
        "taste",
        "TINYINT without (1) does not say that it is a boolean: `booleans: tinyint`",
    ),
    Reason("type", "json", "jsonb", "taste", "the text stays byte for byte: `json: jsonb`"),
    Reason(
        "type",
        "text",
        r"character varying\(\d+\)",
        "taste",
        "TEXT has no limit on the source; the application gave it one on PostgreSQL: `types`",
    ),
    Reason("type", r".*_enum", r"\w+_type", "equal", "another name for a type of the same members"),
    Reason("type", r"character varying\(36\)", "uuid", "taste", "only CHAR(36) is taken for a UUID: `types`"),
    Reason(
        "type",
        "uuid",
        r"character\(36\)",
        "taste",
        "the values decide: where one is no UUID, the column stays text",
    ),
    Reason(
        "type",
        r"character varying\(26\)",
        r"character\(26\)",
        "equal",
        "CHAR of the source has no blanks at its end, char(n) of PostgreSQL would pad",
    ),
    Reason(
        "type",
        r"character varying\(\d+\)",
        r"\w+_granttype",
        "theirs",
        "the application made a type of members where the source has text: `types`, and the type by hand",
    ),
    Reason(
        "type",
        "json",
        r"character varying\(26\)\[\]",
        "theirs",
        "an array where the source has JSON: no pair of types without a rule (docs/profiles.md)",
    ),
    Reason(
        "default",
        "none",
        r"uuid_generate_v4\(\)",
        "taste",
        "the source has no default, the application makes the UUIDs: `defaults`",
    ),
    Reason("default", "0|1", "false|true", "taste", "follows from smallint instead of boolean"),
    Reason("default", r"'(.*)\+00'", "'.*'", "equal", "the same moment, with its zone"),
    Reason("default", "none", "NULL", "equal", "DEFAULT NULL is no default"),
    Reason("default", r"now\(\)", "none", "equal", "the default of the source is kept"),
    Reason("default", "none", "'.*'", "theirs", "a default that the source has not: `defaults`"),
    Reason("null", "NULL", "NOT NULL", "taste", "NULL is allowed as on the source: `nullable`"),
    Reason("null", "NOT NULL", "NULL", "equal", "NULL is refused as on the source"),
    Reason(
        "index",
        "none",
        "there",
        "theirs",
        "the application has an index on PostgreSQL that the source has not, full-text search among them",
    ),
    Reason(
        "unique key",
        "there",
        "none",
        "equal",
        "the same first characters of the columns, as an expression",
        r".*left\(.*",
    ),
    Reason(
        "unique key",
        "none",
        "there",
        "theirs",
        "the source has a prefix of the columns in its key, or has it not at all",
    ),
)


def explained(difference: Difference) -> Reason:
    """Raises ValueError: nobody has said why the two differ there."""
    for reason in REASONS:
        if (
            reason.kind == difference.kind
            and re.fullmatch(reason.ours, difference.ours)
            and re.fullmatch(reason.theirs, difference.theirs)
            and re.fullmatch(reason.where, difference.where)
        ):
            return reason
    raise ValueError(f"nobody has explained {difference}")


_HEAD = """\
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Made by "python -m tools.docs" from tests/fixtures and plugins/module_utils/_baseline. Do not edit. -->

# Generated schemas beside those of the makers

Three applications have a schema for MySQL and one for PostgreSQL, both by their own makers. From the first,
`baseline` makes what stands below as *generated*, without a single decision and without rows to ask. Names in another
case and the names of keys and indexes are not compared; NO ACTION and RESTRICT are one, as to MySQL.

Each difference is *better* (the generated one holds or finds more), *equal* (it means the same), *taste* (a
[decision](application-without-migrations.md#the-decisions) makes them one) or *theirs* (the makers know something that
no catalog says).
"""


def render() -> str:
    """The page; raises ValueError: a difference without an explanation."""
    return "\n".join([_HEAD, *(_section(name) for name in catalog_files.APPLICATIONS)])


def _section(application: str) -> str:
    theirs = catalog_files.target(application)
    found = differences(application)
    touched = {one.where for one in found if one.kind in {"type", "null", "default"}}
    verdicts = Counter(explained(one).verdict for one in found)
    told = ", ".join(
        f"{verdicts[name]} {name}" for name in ("better", "equal", "taste", "theirs") if verdicts[name]
    )
    groups: dict[tuple[str, str, str, Reason], list[str]] = defaultdict(list)
    for one in found:
        reason = explained(one)
        several = one.kind == "type" and reason.ours == "text"
        shown = "varchar(n)" if several else one.theirs
        groups[one.kind, one.ours, shown, reason].append(one.where)
    lines = [
        f"## {application.capitalize()}",
        "",
        f"{len(theirs.columns)} columns, of which {len(theirs.columns) - len(touched)} are alike in type, NULL and "
        f"default; {len(theirs.foreign_keys)} foreign keys and {len(theirs.primary)} primary keys. "
        f"{len(found)} differences: {told}.",
        "",
        "| n | what | generated | the makers' | for example | verdict | why |",
        "| --: | --- | --- | --- | --- | --- | --- |",
    ]
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0][:3]))
    for (kind, ours, shown, reason), places in ordered:
        cells = [
            str(len(places)),
            kind,
            _code(ours),
            _code(shown),
            _code(places[0]),
            reason.verdict,
            reason.why,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _code(text: str) -> str:
    return text if text in {"there", "none"} else f"`{text}`"
