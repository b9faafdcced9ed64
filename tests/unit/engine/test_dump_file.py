# SPDX-License-Identifier: GPL-3.0-or-later
"""A dump file is taken apart exactly where the dump programs put a delimiter, and nowhere else."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest
import zstandard
from ansible_collections.alkemio.convergence.plugins.module_utils._copy.dump_file import DumpFile
from ansible_collections.alkemio.convergence.plugins.module_utils._errors import InputError


def taken(tmp_path: Path, content: bytes, database: str = "shop") -> list[bytes]:
    file = tmp_path / "dump.sql"
    file.write_bytes(content)
    return list(DumpFile(str(file)).statements(database))


@pytest.mark.parametrize(
    ("content", "statements"),
    [
        (b"", []),
        (b"\n-- a comment;\n# another;\n\n", []),
        (b"SELECT 1;\nSELECT 2;", [b"SELECT 1", b"SELECT 2"]),
        (b"SELECT 1;\r\nSELECT 2;\r\n", [b"SELECT 1", b"SELECT 2"]),
        (b"INSERT INTO `a` VALUES ('x;\\ny');\n", [b"INSERT INTO `a` VALUES ('x;\\ny')"]),
        (
            b"DELIMITER ;;\nBEGIN\n  a;\n\n-- b;\n  c;\nEND ;;\nDELIMITER ;\nd;\n",
            [b"BEGIN\n  a;\n\n-- b;\n  c;\nEND", b"d"],
        ),
        (b"delimiter //\na;\nb //\ndelimiter ;\n", [b"a;\nb"]),
        (b"\xef\xbb\xbf-- MySQL dump\nSELECT 1;\n-- Dump completed\n", [b"SELECT 1"]),
        (b"/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump;\na;\n-- Dump completed\n", [b"a"]),
        (b"a;\n/* the end */\n", [b"a"]),
        (b";\n;\na;\n", [b"a"]),
    ],
)
def test_statements_end_at_a_delimiter_at_the_end_of_a_line(
    tmp_path: Path, content: bytes, statements: list[bytes]
) -> None:
    assert taken(tmp_path, content) == statements


@pytest.mark.parametrize(
    "statement",
    [
        b"SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'a:1-5,\nb:1-7'",
        b"SET @@SESSION.SQL_LOG_BIN= 0",
        b"SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN",
        b"CHANGE MASTER TO MASTER_LOG_FILE='x', MASTER_LOG_POS=4",
        b"CHANGE REPLICATION SOURCE TO SOURCE_LOG_FILE='x'",
        b"SET GLOBAL gtid_slave_pos='0-1-5'",
        b"CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop`",
        b"/*!40000 DROP DATABASE IF EXISTS `shop`*/",
        b"ALTER DATABASE `shop` CHARACTER SET latin1",
    ],
)
def test_what_belongs_to_the_old_server_is_left_out(tmp_path: Path, statement: bytes) -> None:
    assert taken(tmp_path, b"a;\n" + statement + b";\nb;\n") == [b"a", b"b"]


def test_of_several_databases_one_is_taken(tmp_path: Path) -> None:
    content = (
        b"SET x;\nUSE `a``b`;\n1;\nUSE `shop`;\n2;\nINSERT INTO `t` VALUES ('USE `z`');\nUSE `a``b`;\n3;\n"
    )
    assert taken(tmp_path, content) == [b"SET x", b"2", b"INSERT INTO `t` VALUES ('USE `z`')"]
    assert taken(tmp_path, content, "a`b") == [b"SET x", b"1", b"3"]
    with pytest.raises(InputError, match=r"holds the databases a`b, shop, and no other\. Name one"):
        taken(tmp_path, content, "other")


HEAD = b"-- MySQL dump 10.13  Distrib 5.7.44\n"
OPEN = b"/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;\n"
CLOSE = b"/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;\n"
TAIL = b"-- Dump completed on 2024-01-01\n"


@pytest.mark.parametrize(
    "content",
    [
        b"SELECT 1",
        b"/*!40101 SET NAMES utf8 */",
        b"/*!50001 CREATE VIEW",
        b"DELIMITER ;;\nBEGIN a;\n",
        HEAD,
        HEAD + b"SELECT 1;\n",
        HEAD + OPEN + b"SELECT 1;\n" + CLOSE,
        HEAD + OPEN + b"SELECT 1;\n" + CLOSE + TAIL[:9],
        OPEN + b"SELECT 1;\n",
        HEAD + TAIL + HEAD + b"SELECT 1;\n",
    ],
)
def test_a_cut_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match=r"it is cut"):
        taken(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "marked"),
    [
        (HEAD + b"a;\n" + TAIL, True),
        (OPEN + b"a;\n" + CLOSE, True),
        (HEAD + OPEN + b"a;\n" + CLOSE + TAIL, True),
        (HEAD + TAIL + HEAD + TAIL, True),
        (b"a;\n", False),
    ],
)
def test_whether_the_end_is_marked_is_told(tmp_path: Path, content: bytes, marked: bool) -> None:
    (tmp_path / "dump").write_bytes(content)
    dump = DumpFile(str(tmp_path / "dump"))
    for statement in dump.statements("shop"):
        assert statement
    assert dump.end_marked is marked
    assert dump.sha256 == dump.checksum() == hashlib.sha256(content).hexdigest()


CONTENT = b"".join(
    b"INSERT INTO `t` VALUES (%d,'%s');\n" % (n, hashlib.sha256(b"%d" % n).hexdigest().encode())
    for n in range(20_000)
)


def squeeze(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(CONTENT),
        gzip.compress(CONTENT[:999]) + gzip.compress(CONTENT[999:]),
        squeeze(CONTENT),
        squeeze(CONTENT[:999]) + b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc" + squeeze(CONTENT[999:]),
    ],
    ids=["gzip", "gzip in members", "zstd", "zstd in frames"],
)
def test_packed_files_are_read_to_their_end(tmp_path: Path, packed: bytes) -> None:
    assert taken(tmp_path, packed) == CONTENT.rstrip(b"\n").removesuffix(b";").split(b";\n")
    for length in (20, len(packed) // 2, len(packed) - 1):
        with pytest.raises(InputError, match=r"cannot be read to its end|it is cut"):
            taken(tmp_path, packed[:length])
