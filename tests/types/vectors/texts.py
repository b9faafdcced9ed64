# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: RUF001 - look-alikes are what these values are for
"""Text in every character set, and text that becomes something stricter."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from hypothesis import strategies as st

from tests.types import forms
from tests.types.case import Case, Flip, hexadecimal, utf8

# Everything that COPY's text format, a driver, a quoting rule or a collation could trip over.
PLAIN = (
    *(
        "",
        " ",
        "a",
        "A",
        "a ",
        "  padded  ",
        "tab\there",
        "line\nbreak",
        "carriage\rreturn",
        "both\r\nends\r\n",
    ),
    *(
        "back\\slash",
        "\\",
        "\\\\",
        "\\N",
        "\\n",
        "\\.",
        "\\.\n",
        "NULL",
        "null",
        "N",
        "it's",
        '"quoted"',
        "`tick`",
    ),
    *(
        "%s %d %%",
        "{c} {raw}",
        "$1",
        "a|b",
        "12:x",
        "-- comment",
        "/* x */",
        ";",
        "\x01\x02\x1a\x1b\x7f",
        "0",
        "-0",
    ),
)
WESTERN = ("é", "ÄÖÜß", "ss", "ñandú", "¿qué?", "\xa0", "œuvre", "€ 5", "\u2018curly\u2019", "Ž")
WIDE = (
    *(
        "Ελληνικά",
        "Привет",
        "שלום",
        "مرحبا",
        "日本語",
        "中文字符",
        "한국어",
        "ไทย",
        "e\u0301",
        "\u200b",
        "\ufeff",
    ),
    *("\u2028", "\ufffd", "\uffff", "\ue000", "İıſK", "ǆ", "ﬁ"),
)
ASTRAL = ("😀", "👩‍👩‍👧‍👦", "🇳🇱", "𝔘𝔫𝔦", "\U0010ffff", "a😀b\\😀\t😀")
EVERY = PLAIN + WESTERN + WIDE + ASTRAL
LONG = ("x" * 255, "é" * 255, "😀" * 200, "x" * 300, "\\" * 300, "\t\n\r\\" * 100)

_ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
_NASTY = st.text(st.sampled_from("\\N.\t\r\n'\"`{}%|a😀é "), max_size=40)
_BMP = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0", max_codepoint=0xFFFF), max_size=60
)

FLIPS = (
    Flip("Word", "'word'"),
    Flip("trail", "'trail '"),
    Flip("é", "'e' || U&'\\0301'"),
    Flip("", "NULL"),
    Flip(None, "''"),
    Flip(None, "'N'"),
    Flip("a\tb", "'a b'"),
    Flip("😀", "'😁'"),
    Flip("1:N|", "'1:N'"),
)


def _simple(flips: tuple[Flip, ...]) -> tuple[Flip, ...]:
    """Without characters that narrow character sets lack."""
    return tuple(flip for flip in flips if flip.value is None or flip.value.isascii())


def _text(
    name: str,
    source: str,
    target: str,
    values: tuple[str, ...] = EVERY,
    random: st.SearchStrategy[str] | None = None,
    flips: tuple[Flip, ...] = FLIPS,
    families: tuple[str, ...] = ("mariadb", "mysql"),
    prelude: tuple[str, ...] = (),
) -> Case:
    return Case(
        name, "text→text", source, target, forms.TEXT, values, utf8, flips, random,
        families=families, identical=True, prelude=prelude,
    )  # fmt: skip


def unicode_text() -> Iterator[Case]:
    citext = ("CREATE EXTENSION IF NOT EXISTS citext",)
    domain = ("CREATE DOMAIN name_text AS varchar(300)",)
    folding = (
        "CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
    )
    any_text = st.one_of(_ANY, _NASTY)
    yield _text("VARCHAR(200) to text", "VARCHAR(200)", "text", random=any_text)
    yield _text("VARCHAR(200) to varchar(200)", "VARCHAR(200)", "varchar(200)", random=any_text)
    yield _text("VARCHAR(400) to varchar(400)", "VARCHAR(400)", "varchar(400)", EVERY + LONG, any_text)
    yield _text("VARCHAR(200) to citext", "VARCHAR(200)", "citext", prelude=citext)
    yield _text("VARCHAR(200) to a domain", "VARCHAR(200)", "name_text", prelude=domain)
    yield _text("VARCHAR(200) to folding text", "VARCHAR(200)", 'text COLLATE "folding"', prelude=folding)
    yield _text("VARCHAR(400) to a longer varchar", "VARCHAR(400)", "varchar(1000)", EVERY + LONG)
    kept = tuple(value for value in EVERY if not value.endswith(" "))
    unpadded = tuple(flip for flip in FLIPS if flip.sql != "'trail '")
    yield _text("CHAR(60) to text", "CHAR(60)", "text", kept, flips=unpadded)
    yield _text("CHAR(60) to varchar(60)", "CHAR(60)", "varchar(60)", kept)
    for source in ("TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT"):
        values = EVERY if source == "TINYTEXT" else EVERY + LONG
        yield _text(f"{source} to text", source, "text", values, any_text)
    for collation in ("utf8mb4_bin", "utf8mb4_general_ci", "utf8mb4_unicode_ci"):
        declared = f"VARCHAR(100) CHARACTER SET utf8mb4 COLLATE {collation}"
        yield _text(f"{collation} to text", declared, "text")
    yield _text(
        "utf8mb4_0900_ai_ci to text", "VARCHAR(100) COLLATE utf8mb4_0900_ai_ci", "text", families=("mysql",)
    )


def other_charsets() -> Iterator[Case]:
    latin = (*PLAIN, "é", "ÄÖÜß", "ñandú", "¿qué?", "\xa0")
    for charset, values in (
        ("utf8mb3", PLAIN + WESTERN + WIDE),
        ("latin1", PLAIN + WESTERN),
        ("ascii", PLAIN),
        ("latin2", (*PLAIN, "Žluťoučký kůň", "łódź")),
        ("latin5", (*PLAIN, "ğüşöçı")),
        ("cp1251", (*PLAIN, "Привет", "Ёжик №1")),
        ("koi8r", (*PLAIN, "Привет")),
        ("greek", (*PLAIN, "Ελληνικά")),
        ("hebrew", (*PLAIN, "שלום")),
        ("cp850", latin),
        ("big5", (*PLAIN, "中文字符", "功")),
        ("gbk", (*PLAIN, "中文字符", "誠")),
        ("sjis", (*tuple(value for value in PLAIN if "~" not in value), "日本語", "表示")),
        ("ujis", (*PLAIN, "日本語")),
        ("euckr", (*PLAIN, "한국어")),
        ("ucs2", PLAIN + WESTERN + WIDE),
        ("utf16", EVERY),
        ("utf16le", EVERY),
        ("utf32", EVERY),
    ):
        wide = charset in {"utf16", "utf16le", "utf32"}
        flips = FLIPS if wide else _simple(FLIPS)
        random = _ANY if wide else _BMP if charset in {"ucs2", "utf8mb3"} else None
        # A character set whose bytes are UTF-8 by chance would be taken for text stored twice.
        plain = tuple(value for value in values if charset != "latin1" or not _twice(value))
        yield _text(
            f"{charset} to text", f"VARCHAR(100) CHARACTER SET {charset}", "text", plain, random, flips
        )
    yield _text(
        "utf8mb3 TEXT to text", "TEXT CHARACTER SET utf8mb3", "text", PLAIN + WIDE, _BMP, _simple(FLIPS)
    )
    yield _text(
        "latin1 TEXT to varchar",
        "TEXT CHARACTER SET latin1",
        "varchar(500)",
        PLAIN + WESTERN,
        None,
        _simple(FLIPS),
    )


def _twice(value: str) -> bool:
    stored = value.encode("cp1252", "ignore")
    try:
        return not value.isascii() and bool(stored.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def as_mysql_latin1(value: bytes) -> str:
    """MySQL's latin1 is cp1252 whose five undefined bytes stand for the controls of the same number."""
    return "".join(bytes([byte]).decode("cp1252") if byte not in _UNDEFINED else chr(byte) for byte in value)


_UNDEFINED = {0x81, 0x8D, 0x8F, 0x90, 0x9D}


def every_byte() -> Iterator[Case]:
    """All 255 characters of MySQL's latin1, one a row and all in one."""
    single = tuple(bytes([byte]) for byte in range(1, 256))
    for source, target in (("VARCHAR(300)", "text"), ("CHAR(3)", "varchar(300)"), ("TEXT", "text")):
        whole = () if source == "CHAR(3)" else (b"".join(single), b"\x81\x8d\x8f\x90\x9d")
        yield Case(
            f"every byte of latin1 {source} to {target}",
            "text→text",
            f"{source} CHARACTER SET latin1",
            target,
            forms.TEXT,
            (*(value for value in single if source != "CHAR(3)" or value != b" "), *whole),
            lambda value: hexadecimal(value, "_latin1 "),
            (Flip(b"\x81", "chr(x'2022'::int)"), Flip(b"\x80", "chr(128)"), Flip(b"\xe9", "'e'")),
            None,
            meaning=as_mysql_latin1,
            identical=True,
        )


def padded() -> Iterator[Case]:
    kept = tuple(value for value in EVERY if len(value) <= 30)
    for source in ("CHAR(30)", "VARCHAR(30)"):
        yield Case(
            f"{source} to char(30)",
            "text→char",
            source,
            "char(30)",
            forms.Form(lambda raw: forms.text(raw).rstrip(" "), lambda raw: forms.text(raw).rstrip(" ")),
            tuple(value for value in kept if source == "CHAR(30)" or not value.endswith(" ")),
            utf8,
            tuple(flip for flip in FLIPS if flip.sql != "'trail '" and len(flip.value or "") < 30),
            None,
            meaning=lambda value: value.rstrip(" "),
        )


_UUIDS = (
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "0f1E2d3C-4b5A-6978-8796-A5b4C3d2E1f0",
)


def stricter() -> Iterator[Case]:
    """Text that the target reads as a UUID, an address, a label or bytes."""
    any_uuid = st.uuids().map(str)
    for source in (
        "CHAR(36)",
        "VARCHAR(36)",
        "CHAR(36) CHARACTER SET ascii",
        "CHAR(36) CHARACTER SET latin1",
        "CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        "TEXT",
    ):
        yield Case(
            f"{source} to uuid", "text→uuid", source, "uuid", forms.UUID, _UUIDS, utf8,
            (
                Flip(_UUIDS[0], "'00000000-0000-0000-0000-000000000001'"),
                Flip(_UUIDS[3], "'0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f1'"),
                Flip(None, f"'{_UUIDS[0]}'"),
            ),
            any_uuid, meaning=uuid.UUID,
        )  # fmt: skip
    addresses = (
        "0.0.0.0",
        "255.255.255.255",
        "192.168.0.1",
        "::",
        "::1",
        "fe80::1",
        "2001:db8::ff00:42:8329",
    )
    mapped = ("::ffff:192.0.2.128", "2001:DB8::1", "1:2:3:4:5:6:7:8")
    yield Case(
        "VARCHAR(45) to inet", "text→inet", "VARCHAR(45)", "inet", forms.ADDRESS, addresses + mapped, utf8,
        (Flip("10.0.0.1", "'10.0.0.2'"), Flip("10.0.0.1", "'10.0.0.1/24'"), Flip("::1", "'::'"), Flip(None, "'::'")),
        st.ip_addresses().map(str), meaning=lambda value: forms.address(value.encode()),
    )  # fmt: skip
    labels = ("open", "Open", "closed", "", "it's", "a,b", "ü", "x y")
    spelled = ", ".join("'" + label.replace("'", "''") + "'" for label in labels)
    yield Case(
        "VARCHAR(20) to an enum type", "text→enum", "VARCHAR(20)", "text_label", forms.TEXT, labels, utf8,
        (Flip("open", "'Open'"), Flip("", "NULL"), Flip(None, "''")), identical=True,
        prelude=(f"CREATE TYPE text_label AS ENUM ({spelled})",),
    )  # fmt: skip
    for source in ("VARCHAR(300)", "LONGTEXT", "VARCHAR(100) CHARACTER SET utf16"):
        yield Case(
            f"{source} to bytea", "text→bytea", source, "bytea", forms.Form(bytes, forms.bytea),
            (*EVERY, "\0", "a\0b"), utf8,
            (Flip("Word", "'word'"), Flip("", "NULL"), Flip(None, "''"), Flip("x", "'x '")),
            _ANY, meaning=str.encode,
        )  # fmt: skip


def cases() -> list[Case]:
    """All of this subject."""
    return [*unicode_text(), *other_charsets(), *every_byte(), *padded(), *stricter()]
