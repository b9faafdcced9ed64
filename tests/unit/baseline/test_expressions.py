# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the source's expressions is carried: as both servers print them, and what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.alkemio.convergence.plugins.module_utils._baseline.expressions import (
    BLANKS,
    CASE,
    LETTERS,
    Known,
    NotCarried,
    condition,
    value,
)

COLUMNS = {
    "n": Known('"n"', "integer"),
    "u": Known('"u"', "integer", unsigned=True),
    "d": Known('"d"', "numeric"),
    "on": Known('"on"', "boolean"),
    "s": Known('"s"', "text", collation="utf8mb4_0900_ai_ci", charset="utf8mb4"),
    "b": Known('"b"', "text", collation="utf8mb4_bin", charset="utf8mb4"),
    "x": Known('"x"', "text", collation="utf8mb4_0900_bin", charset="utf8mb4"),
    "l": Known('"l"', "text", collation="latin1_bin", charset="latin1"),
    "e": Known('"e"', "enum", labels=("new", "paid")),
    "day": Known('"day"', "date"),
    "j": Known('"j"', "json"),
}

SAME = [
    ("mariadb", "`n` > 0 and `d` >= `n`", '(("n" > 0) AND ("d" >= "n"))'),
    ("mysql", "((`n` > 0) and (`d` >= `n`))", '(("n" > 0) AND ("d" >= "n"))'),
    ("mariadb", "`n` between 1 and 5 or `n` is null", '((("n" >= 1) AND ("n" <= 5)) OR ("n" IS NULL))'),
    ("mariadb", "`n` not between 3 and 4", '(NOT (("n" >= 3) AND ("n" <= 4)))'),
    ("mysql", "(`n` is not null)", '(NOT ("n" IS NULL))'),
    ("mariadb", "`n` MOD 2 = 0", '(("n"::bigint % 2) = 0)'),
    ("mysql", "((`n` % 2) = 0)", '(("n"::bigint % 2) = 0)'),
    ("mysql", "(`e` in (_utf8mb4\\'new\\',_utf8mb4\\'paid\\'))", "((\"e\" = 'new') OR (\"e\" = 'paid'))"),
    ("mariadb", "`on` = 1", '("on" = true)'),
    ("mariadb", "`on`", '"on"'),
    ("mariadb", "`n`", '("n" <> 0)'),
    ("mysql", "(`n` <=> NULL)", '("n" IS NOT DISTINCT FROM NULL)'),
    ("mysql", "(`day` >= _utf8mb4\\'2000-01-01\\')", "(\"day\" >= '2000-01-01'::date)"),
    ("mariadb", "`x` = 'a'", "(\"x\" = 'a')"),
    ("mariadb", "`x` <> 'it\\'s'", "(\"x\" <> 'it''s')"),
    ("mariadb", "`x` <> 'it''s'", "(\"x\" <> 'it''s')"),
    ("mysql", "(`x` <> _utf8mb4\\'it\\\\\\'s\\')", "(\"x\" <> 'it''s')"),
    ("mariadb", "`x` <> 'a\\\\b'", "(\"x\" <> E'a\\\\b')"),
    ("mariadb", "`x` like 'a%'", "(\"x\" LIKE 'a%')"),
    ("mariadb", "char_length(`s`) >= 2", '(char_length("s") >= 2)'),
    ("mariadb", "octet_length(`s`) >= 2", '(octet_length("s") >= 2)'),
    (
        "mariadb",
        "case when `n` > 1 then `d` > 2 else `d` > 3 end",
        '(CASE WHEN ("n" > 1) THEN ("d" > 2) ELSE ("d" > 3) END)',
    ),
    ("mysql", "(if((`n` > 1),1,0) = 1)", '((CASE WHEN ("n" > 1) THEN 1 ELSE 0 END) = 1)'),
    ("mariadb", "year(`day`) > 1990", '(EXTRACT(year FROM "day")::integer > 1990)'),
]


@pytest.mark.parametrize(("vendor", "text", "sql"), SAME)
def test_what_means_the_same_is_carried_without_a_doubt(vendor: str, text: str, sql: str) -> None:
    found = condition(text, COLUMNS, vendor)
    assert found.sql == sql
    assert found.doubts == frozenset()


@pytest.mark.parametrize(
    ("text", "doubts"),
    [
        ("`s` = 'a'", {CASE}),
        ("`b` <> 'a'", {BLANKS}),
        ("`l` in ('a','b')", {BLANKS}),
        ("`s` like 'a%'", {CASE}),
        ("`b` like 'a%'", set()),
        ("lower(`x`) = 'a'", {LETTERS}),
        ("lower(`s`) = 'a'", {LETTERS, CASE}),
        ("coalesce(`b`,'') = 'a'", {BLANKS}),
        ("`n` > 1 and `s` = 'a'", {CASE}),
    ],
)
def test_what_means_the_same_of_some_values_alone_bears_a_doubt(text: str, doubts: set[str]) -> None:
    assert condition(text, COLUMNS, "mariadb").doubts == doubts


@pytest.mark.parametrize(
    "text",
    [
        "`n` / 2 > 1",
        "`n` DIV 2 = 1",
        "`n` % `d` = 0",
        "`n` % 0 = 0",
        "`u` - 1 > 0",
        "`s` > 'a'",
        "`s` regexp 'a'",
        "`s` = 1",
        "`n` = 'a'",
        "`e` = 'other'",
        "`e` > 'new'",
        "`on` = 2",
        "`on` > 0",
        "`s`",
        "`day` > '2000-02-00x'",
        "`day` + interval 1 day > '2000-01-01'",
        "json_extract(`j`,'$.a') = 1",
        "`j` = 'a'",
        "length(`l`) > 1",
        "greatest(`n`,1) > 0",
        "concat_ws(',',`s`,`x`) = 'a'",
        "`missing` > 1",
        "`n` > (select 1)",
        "`s` like concat('a','%')",
        "`x` = 'a\\nb'",
        "`x` like 'a\\\\%'",
        "`n` > 1 xor `n` > 2",
        "`x` collate utf8mb4_bin = 'a'",
        "`n` & 1",
        "rand() > 1",
    ],
)
def test_what_is_not_known_to_mean_the_same_is_refused(text: str) -> None:
    with pytest.raises(NotCarried):
        condition(text, COLUMNS, "mariadb")


@pytest.mark.parametrize(
    ("text", "sql", "kind"),
    [
        ("`n` + 1", '("n"::bigint + 1)', "integer"),
        ("`d` * `n`", '("d" * "n"::bigint)', "numeric"),
        ("-`n`", '(- "n"::bigint)', "integer"),
        ("concat(`s`,'-',`n`)", '("s" || \'-\' || "n"::text)', "text"),
        ("left(`s`,3)", '"left"("s", 3)', "text"),
        ("ifnull(`n`,0)", 'COALESCE("n", 0)', "integer"),
        ("nullif(`n`,0)", '(CASE WHEN ("n" = 0) THEN NULL ELSE "n" END)', "integer"),
        ("trim(`s`)", 'btrim("s")', "text"),
    ],
)
def test_values_of_computed_columns(text: str, sql: str, kind: str) -> None:
    found = value(text, COLUMNS, "mariadb")
    assert (found.sql, found.kind, found.doubts) == (sql, kind, frozenset())


def test_an_expression_that_is_too_deep_is_refused_and_does_not_end_the_program() -> None:
    with pytest.raises(NotCarried):
        value("(" * 5000 + "`n`" + ")" * 5000, COLUMNS, "mariadb")
