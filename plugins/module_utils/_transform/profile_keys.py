# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The keys of a profile, with their types and what they mean: what is accepted, and what docs/profiles.md says."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Kind = t.Literal[
    "text",
    "yes or no",
    "list of patterns",
    "list of mappings",
    "list of names",
    "mapping",
    "text or mapping",
    "pattern",
    "SQL",
]


@dataclass(frozen=True)
class Key:
    """One key. `without` says what holds when it is not given; an empty text: it has to be given."""

    name: str
    kind: Kind
    without: str
    means: str
    example: str
    """YAML of the entry that it belongs to, as short as it can be and complete."""


_ANY: t.Final = "any"

PROFILE: t.Final = (
    Key("name", "text", "the name of the file", "For people; nothing is decided by it.", "name: shop"),
    Key(
        "description",
        "text",
        "empty",
        "For people; nothing is decided by it.",
        "description: The web shop, release 4.2.",
    ),
    Key(
        "skip_tables",
        "list of patterns",
        "none",
        "Tables of the source that stay behind and tables of the target that stay as they are: a table that is named "
        "in the spelling of one side is left alone on both.",
        "skip_tables:\n  - sessions # everybody logs in again\n  - cache_*",
    ),
    Key(
        "leftover_tables",
        "list of patterns",
        "none",
        "Tables of the source that the target does not have any more, so that they stay behind. Where the target does "
        "have the table, it is moved like any other.",
        "leftover_tables:\n  - orders_backup_2021",
    ),
    Key(
        "seed_tables",
        "list of patterns",
        "none",
        "Tables of the target that its own migrations fill. Their rows are kept aside, and replaced by the source's; "
        "a reset puts them back. Without the key, rows in a target table stop the load.",
        "seed_tables:\n  - country",
    ),
    Key(
        "tables",
        "list of mappings",
        "none",
        "Rules for source tables, see below. Of two that set the same key the later one holds.",
        "tables:\n  - {table: tmp_*, exclude: true}",
    ),
    Key(
        "columns",
        "list of mappings",
        "none",
        "Rules for columns, see below. Of two that set the same key the later one holds.",
        "columns:\n  - {table: customer, column: email, sensitive: true}",
    ),
    Key(
        "add_columns",
        "list of mappings",
        "none",
        "What arrives in columns of the target that the source does not have, see below.",
        "add_columns:\n  - {table: customer, column: region, expression: \"'EU'\", type: varchar(2)}",
    ),
    Key(
        "invariants",
        "list of mappings",
        "none",
        "Queries that have to give one value, see below. One that does not stops the run.",
        "invariants:\n  - name: release of the source\n    server: source\n    moment: before\n"
        "    query: SELECT MAX(version) FROM migrations\n    expect: '42'",
    ),
    Key(
        "releases",
        "mapping",
        "not asked",
        "Of which releases of the application the two sides have to be, see below. Preflight asks before anything "
        "else and says which release to deploy; the dump asks the source again, and the load the target. In `rules`, a "
        "side replaces the profile's.",
        "releases:\n  source:\n    query: SELECT MAX(version) FROM migrations\n"
        "    fits: [{release: '4.2', migration: '42'}]",
    ),
    Key(
        "choices",
        "mapping",
        "none",
        "Rules that are ready and do nothing until they are chosen: a name, and under it the keys of a profile, all "
        "but name, releases, choices and choose.",
        "choices:\n  without_history:\n    skip_tables: [history]",
    ),
    Key(
        "choose",
        "list of names",
        "none is chosen",
        "Names of the profile's choices to take, in `rules` mostly. They come after the profile's other rules and "
        "before those of `rules`.",
        "choose: [without_history]",
    ),
    Key(
        "refresh_materialized_views",
        "list of patterns",
        "none is refreshed",
        "Materialized views to refresh when all rows are loaded, each after those that it reads; with the schema where "
        "it is not the application's.",
        "refresh_materialized_views:\n  - total\n  - reports.*",
    ),
    Key(
        "after_load",
        "list of mappings",
        "none",
        "Statements to run on the target once, when all rows are loaded and the triggers are enabled again, see below.",
        "after_load:\n  - statement: UPDATE article SET title = title\n    reason: the trigger fills the search column",
    ),
)

TABLE: t.Final = (
    Key(
        "table",
        "pattern",
        "",
        "Which tables the rule is for.",
        "table: log_*\nexclude: true",
    ),
    Key(
        "rename",
        "text or mapping",
        "its own name",
        "Name of the target table that the rows go to, or how it is made of the source's name, see below.",
        "table: usr\nrename: user",
    ),
    Key(
        "exclude",
        "yes or no",
        "no",
        "Leave the table behind, as skip_tables does, by pattern and with a reason.",
        "table: cache_*\nexclude: true\nreason: caches fill themselves",
    ),
    Key(
        "where",
        "SQL",
        "all rows",
        "A condition of the source's SQL. Rows for which it is true are moved; all others, those for which it is NULL "
        "too, are counted as left out by a rule, in plan, report and last line.",
        "table: orders\nwhere: deleted_at IS NULL\nreason: deleted orders are archived",
    ),
    Key(
        "reason",
        "text",
        "empty",
        "Shown in the plan and the report.",
        "table: old\nexclude: true\nreason: unused",
    ),
)

COLUMN: t.Final = (
    Key(
        "table",
        "pattern",
        _ANY,
        "Which tables the rule is for.",
        "table: customer\ncolumn: phone\nsensitive: true",
    ),
    Key(
        "column",
        "pattern",
        _ANY,
        "Which columns the rule is for.",
        "column: '*_token'\nsensitive: true",
    ),
    Key(
        "source_type",
        "pattern",
        _ANY,
        "The type of the source column, as SHOW CREATE TABLE has it; json for MariaDB's JSON, too.",
        "source_type: char(36)\ntarget_type: uuid\npolicies: {empty_string: 'null'}",
    ),
    Key(
        "target_type",
        "pattern",
        _ANY,
        "The type of the target column, as psql's \\d has it.",
        "target_type: timestamp*\npolicies: {zero_date: 'null'}",
    ),
    Key(
        "target_nullable",
        "yes or no",
        "either",
        "Whether the target column takes NULL.",
        "target_type: uuid\ntarget_nullable: true\npolicies: {empty_string: 'null'}",
    ),
    Key(
        "policies",
        "mapping",
        "fail for each class",
        "What becomes of values that do not fit: class of misfits to policy. type-mapping.md lists the classes with "
        "their policies. What a policy changes is counted, and listed in alterations.jsonl.",
        "column: birthday\npolicies:\n  zero_date: 'null'\n  null_value: {replace: '1970-01-01'}",
    ),
    Key(
        "converter",
        "text",
        "none",
        "Name of a converter of the collection, for values whose types do not say what is meant; see type-mapping.md.",
        "source_type: timestamp*\ntarget_type: bigint\nconverter: seconds_since_1970",
    ),
    Key(
        "sensitive",
        "yes or no",
        "no",
        "Show no value of the column anywhere: in messages, lists and the report a keyed hash stands for it.",
        "column: password*\nsensitive: true",
    ),
    Key(
        "rename",
        "text or mapping",
        "its own name",
        "Name of the target column that the source column goes to, or how it is made of the source's name, see below.",
        "table: customer\ncolumn: mail\nrename: email",
    ),
    Key(
        "drop",
        "yes or no",
        "no",
        "Leave the source column behind.",
        "table: customer\ncolumn: legacy_flags\ndrop: true",
    ),
    Key(
        "expression",
        "SQL",
        "the column itself",
        "An expression of the source's SQL that gives the value; {column} in it stands for the column's own name, so "
        "that one rule may serve many columns. It has to give the same value whenever it is asked: the proof compares "
        "what it gives. What it changes is counted, and listed in alterations.jsonl.",
        "table: token\ncolumn: kind\nexpression: COALESCE({column}, 1)",
    ),
    Key(
        "type",
        "text",
        "the source column's type",
        "Source type of the value that the expression gives. A text type, where no pair leads from text to the "
        "target's type: the text has to be what the target itself prints of the value, and is proved by that.",
        "source_type: timestamp\ntarget_type: bigint\nexpression: UNIX_TIMESTAMP({column})\ntype: bigint",
    ),
    Key(
        "reinterpret",
        "text",
        "as stored",
        "Read the bytes of a text column in another character set, or with double undo UTF-8 that was encoded twice.",
        "table: legacy_note\ncolumn: body\nreinterpret: utf8mb4",
    ),
    Key(
        "must_be_jsonb",
        "yes or no",
        "no",
        "Of a column of type json: what jsonb refuses does not fit either (\\u0000, half surrogate pairs, numbers "
        "beyond numeric). For an application that turns the column into jsonb later: the conversion would fail on such "
        "a row. A column of type jsonb needs no rule.",
        "target_type: json\nmust_be_jsonb: true",
    ),
    Key("reason", "text", "empty", "For people.", "column: note\ndrop: true\nreason: unused since release 3"),
)

RENAME: t.Final = (
    Key(
        "remove_prefix",
        "text",
        "none",
        "What is taken off the beginning of the name.",
        "table: shop_*\nrename: {remove_prefix: shop_}",
    ),
    Key(
        "match",
        "text",
        "none",
        "A regular expression of Python over the whole name; names that it does not match stay as they are.",
        "",
    ),
    Key(
        "to",
        "text",
        "none",
        "What a name that match fits becomes; \\1 is its first group.",
        "table: '*'\nrename: {match: 'tbl(.+)', to: 't_\\1'}",
    ),
    Key(
        "form",
        "text",
        "as it is",
        "snake_case: InvoiceLine becomes invoice_line; camelCase: invoice_line becomes invoiceLine.",
        "table: '*'\nrename: {form: snake_case}",
    ),
    Key(
        "prefix",
        "text",
        "none",
        "What is put before the name.",
        "table: '*'\nrename: {prefix: shop_}",
    ),
)

ADD: t.Final = (
    Key(
        "table",
        "pattern",
        "",
        "Which tables the rule is for.",
        "table: customer\ncolumn: region\nexpression: \"'EU'\"",
    ),
    Key(
        "column",
        "pattern",
        "",
        "Which target columns the rule is for.",
        "table: customer\ncolumn: created\nleave_to_default: true",
    ),
    Key(
        "expression",
        "SQL",
        "none",
        "An expression of the source's SQL that gives the value. Either this or leave_to_default.",
        "table: customer\ncolumn: full_name\nexpression: CONCAT(first_name, ' ', last_name)",
    ),
    Key(
        "type",
        "text",
        "longtext",
        "Source type of the value that the expression gives, as in a rule for columns.",
        "table: customer\ncolumn: age\nexpression: '0'\ntype: int",
    ),
    Key(
        "leave_to_default",
        "yes or no",
        "no",
        "Load nothing into the column, so that the target's default fills it. Triggers do not see loaded rows.",
        "table: article\ncolumn: search\nleave_to_default: true",
    ),
    Key(
        "reason",
        "text",
        "empty",
        "For people.",
        "table: article\ncolumn: search\nleave_to_default: true\nreason: an after_load statement fills it",
    ),
)

INVARIANT: t.Final = (
    Key("name", "text", "", "What the message calls it.", ""),
    Key("server", "text", "", "source or target.", ""),
    Key("moment", "text", "", "before the load or after it; on the source always before.", ""),
    Key("query", "SQL", "", "A query of that server's SQL. The first value of its first row counts.", ""),
    Key(
        "expect",
        "text",
        "",
        "The value as text. Quote numbers.",
        "name: exactly one organisation\nserver: target\nmoment: after\n"
        "query: SELECT count(*) FROM organisation\nexpect: '1'",
    ),
    Key(
        "stops",
        "yes or no",
        "yes",
        "Whether another value stops the run. With no, on the source alone, preflight shows what was found under worth "
        "knowing, and nothing else happens: the value may list keys, and must not hold what nobody may see.",
        "name: drafts that nobody owns\nserver: source\nmoment: before\n"
        "query: SELECT COUNT(*) FROM draft WHERE owner IS NULL\nexpect: '0'\nstops: false",
    ),
    Key(
        "reason",
        "text",
        "empty",
        "Shown with what was found where stops is no: what it means, and what can be done.",
        "name: drafts\nserver: source\nmoment: before\nquery: SELECT COUNT(*) FROM draft\nexpect: '0'\n"
        "stops: false\nreason: drafts are shown to nobody in release 5",
    ),
)

RELEASES: t.Final = (
    Key(
        "query",
        "SQL",
        "",
        "A query of that side's SQL whose first value is the application's last migration.",
        "",
    ),
    Key(
        "fits",
        "list of mappings",
        "",
        "The releases that the side may be of, that to deploy first: each with its last migration. Every one of the "
        "source goes with every one of the target.",
        "",
    ),
    Key(
        "otherwise",
        "text",
        "a sentence with the releases",
        "What to do where the side is of another release: the last sentence of the message.",
        "target:\n  query: SELECT max(version) FROM migrations\n  fits: [{release: '4.3', migration: '43'}]\n"
        "  otherwise: Make the tables with 4.3, move, and update to 5 afterwards.",
    ),
)

RELEASE: t.Final = (
    Key("release", "text", "", "What people call it. Quote numbers.", ""),
    Key(
        "migration",
        "text",
        "",
        "Its last migration, as the query gives it. Quote numbers.",
        "source:\n  query: SELECT MAX(version) FROM migrations\n  fits:\n    - {release: '4.2', migration: '42'}\n"
        "    - {release: '4.1', migration: '42'} # the same schema",
    ),
)

STATEMENT: t.Final = (
    Key(
        "statement",
        "SQL",
        "",
        "One statement of the target's SQL, done in a transaction of its own, exactly once.",
        "statement: SELECT setval('ticket_number', (SELECT max(number) FROM ticket))",
    ),
    Key(
        "reason",
        "text",
        "empty",
        "Shown in the plan.",
        "statement: UPDATE article SET title = title\nreason: the trigger fills the search column",
    ),
)


def names(keys: tuple[Key, ...]) -> set[str]:
    """The names that are accepted."""
    return {key.name for key in keys}


__all__ = (
    "ADD",
    "COLUMN",
    "INVARIANT",
    "PROFILE",
    "RELEASE",
    "RELEASES",
    "RENAME",
    "STATEMENT",
    "TABLE",
    "Key",
    "names",
)
