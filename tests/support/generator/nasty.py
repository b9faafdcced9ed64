# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that tools are known to damage, and that must nevertheless arrive exactly.

Each has a name, and each name a key: a test finds the row of a value by ``nasty.key("crlf")``.
"""

from __future__ import annotations

from .dice import Dice

TEXTS: dict[str, str] = {
    "empty": "",
    "word_null": "NULL",
    "copy_null": "\\N",
    "copy_end": "\\.",
    "copy_end_line": "before\n\\.\nafter",
    "crlf": "one\r\ntwo\r\n",
    "lone_cr": "one\rtwo",
    "line_feed_edges": "\none\n",
    "tabs": "\tone\ttwo\t",
    "escapes_as_text": "\\n \\t \\r \\\\ \\x41 \\101 \\u0041 \\0",
    "backslash": "\\",
    "backslash_at_end": "C:\\temp\\",
    "backslash_newline": "one\\\ntwo\\\r\n",
    "quotes_and_commas": "'single', \"double\", `back`, ''two'', \"\"two\"\", semi; -- comment /* more */",
    "placeholders": "%s %(name)s {} {{ jinja }} $1 ${var} :name @user # %%",
    "emoji_zwj": "\U0001f469\u200d\U0001f4bb \U0001f3f3\ufe0f\u200d\U0001f308 \U0001f1f3\U0001f1f1",
    "combining": "e\u0301 \u00e9 n\u0303 \u1e9b\u0323 \u0f71\u0f72",
    "right_to_left": "\u202eabc\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "byte_order_mark": "\ufeffone\ufeff",
    "line_separators": "one\u2028two\u2029three\u0085four",
    "blanks_around": "  one  ",
    "only_blanks": "   ",
    "no_break_space": "\u00a0one\u00a0\u3000",
    "controls": "".join(chr(code) for code in range(1, 32)) + "\x7f",
    "c1_controls": "".join(chr(code) for code in range(0x80, 0xA0)),
    "latin1_high": "".join(chr(code) for code in range(0xA0, 0x100)),
    "last_code_points": "\ud7ff\ue000\ufffd\ufffe\uffff\U00010000\U0010ffff",
    "double_encoded": "Ã¼ber naÃ¯ve â\x82¬",
    "question_marks": "????",
    "hexadecimal_look": "\\x00ff",
    "date_look": "0000-00-00 00:00:00",
    "html": '<iframe src="https://video.example.org/?a=1&amp;b=2"></iframe>&nbsp;<br/>',
}

# Valid in MySQL's json, in MariaDB's json_valid and in PostgreSQL's json, as written here.
JSONS: dict[str, str] = {
    "json_null": "null",
    "json_true": "true",
    "json_scalar_text": '"text"',
    "json_scalar_number": "12",
    "json_empty_object": "{}",
    "json_empty_array": "[]",
    "json_empty_key": '{"": ""}',
    "json_nulls_inside": '{"a": null, "b": [null, {}]}',
    "json_integers": "[9007199254740993, 18446744073709551615, -9223372036854775808, 12345678901234567890]",
    "json_decimals": "[0.1, 1.0, 1.50, -0.5, 123.45600000000013, 0.30000000000000004]",
    "json_exponents": "[1e2, 1E-7, 1.5e+3, 1e20, 1e23, 8.41e21]",
    "json_extremes": "[1.7976931348623157e308, 2.2250738585072014e-308, 5e-324]",
    "json_minus_zero": "[-0.0, -0, 0]",
    "json_escapes": '{"text": "\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u00e9 \\u2028"}',
    "json_surrogate_pair": '["\\ud83d\\ude00", "😀"]',
    "json_blanks": ' {  "b" :\t1 ,\n"a":2 }\r\n',
    "json_key_order": '{"bbb": 1, "aa": 2, "c": 3, "ä": 4, "B": 5}',
    "json_same_key_twice": '{"a": 1, "b": 2, "a": 3}',
    "json_deep": "[" * 30 + '{"leaf": true}' + "]" * 30,
    "json_copy_look": '["\\\\N", "\\\\.", "\\\\"]',
    "json_controls": '"\\u0001\\u001f\x7f"',
}

# The json type keeps this one; jsonb refuses it.
JSON_ONLY: dict[str, str] = {"json_nul": '{"text": "a\\u0000b"}'}

BLOBS: dict[str, bytes] = {
    "blob_empty": b"",
    "blob_every_byte": bytes(range(256)),
    "blob_nuls": bytes(64),
    "blob_copy_look": b"\\N\n\\.\n\t\r\n\\x00",
    "blob_not_utf8": b"\xff\xfe\xc3\x28\xed\xa0\x80",
    "blob_apostrophes": b"'''\"\"\"\\\\\\",
}

# Stamps with microseconds; the second half of the day must not round into the next.
MOMENTS: dict[str, str] = {
    "moment_last": "9999-12-31 23:59:59.999999",
    "moment_first": "1000-01-01 00:00:00.000000",
    "moment_go_zero": "0001-01-01 00:00:00.000000",
    "moment_leap_day": "2024-02-29 23:59:59.999999",
    "moment_epoch": "1970-01-01 00:00:00.000001",
    "moment_spring_gap": "2024-03-31 02:30:00.000000",
    "moment_autumn_twice": "2024-10-27 02:30:00.500000",
    "moment_before_2000": "1999-12-31 23:59:59.999999",
}


def key(name: str) -> str:
    """The uuid of the row that holds a value: the same for every seed and scale."""
    return Dice(f"nasty:{name}").uuid()
