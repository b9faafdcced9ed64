# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements with what is in them, written by hand: each construct at least once, and words that look like one.

The tables that the statements speak of are made by `TABLES` on either family of sources, and by `TARGET` on PostgreSQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field

TABLES = (
    "CREATE TABLE thing (id int PRIMARY KEY, name varchar(50), `userId` int, flag tinyint, doc json, amount int)",
    "CREATE TABLE other (id int PRIMARY KEY, `thingId` int, label varchar(50))",
    "CREATE TABLE `user` (id int PRIMARY KEY, name varchar(50))",
    "INSERT INTO thing VALUES (1, 'a', 7, 0, '{}', 10), (2, 'B', NULL, 1, NULL, 20), (3, 'ü', 9, 1, NULL, 7)",
    "INSERT INTO other VALUES (1, 1, 'x'), (2, 1, 'y')",
    "INSERT INTO `user` VALUES (1, 'root')",
)
TARGET = (
    'CREATE TABLE thing (id int PRIMARY KEY, name varchar(50), "userId" int, flag smallint, doc json, amount int)',
    'CREATE TABLE other (id int PRIMARY KEY, "thingId" int, label varchar(50))',
    'CREATE TABLE "user" (id int PRIMARY KEY, name varchar(50))',
    "INSERT INTO thing VALUES (1, 'a', 7, 0, '{}', 10), (2, 'B', NULL, 1, NULL, 20), (3, 'ü', 9, 1, NULL, 7)",
    "INSERT INTO other VALUES (1, 1, 'x'), (2, 1, 'y')",
    "INSERT INTO \"user\" VALUES (1, 'root')",
)


@dataclass(frozen=True)
class Example:
    """A statement of MySQL's, how often each construct is in it, and what the audit writes instead."""

    sql: str
    found: dict[str, int] = field(default_factory=dict)
    rewritten: str | None = None
    before: tuple[str, ...] = ()
    """What both servers do first, to have something that it can speak of."""
    before_there: tuple[str, ...] = ()
    """The same for PostgreSQL, where it is not said alike."""
    answers: bool = True
    """Whether both servers give the same rows."""


def _column(declared: str, found: dict[str, int], rewritten: str | None = None) -> Example:
    """A column of a new table."""
    return Example(
        f"CREATE TABLE made (id int, c {declared})",
        found,
        None if rewritten is None else f"CREATE TABLE made (id int, c {rewritten})",
    )


PORTABLE = (
    Example("SELECT count(*) FROM thing WHERE name IS NULL"),
    Example("UPDATE thing SET name = upper(name) WHERE id IN (SELECT id FROM other)"),
    Example("DELETE FROM other WHERE label = 'datetime(6) ENGINE=InnoDB AUTO_INCREMENT'"),
    Example("INSERT INTO other (id, label) VALUES (7, 'IFNULL(a, b) # -> `x` \"y\" ?')"),
    Example("CREATE TABLE made (id int PRIMARY KEY, datetime varchar(3), enum int, engine text)"),
    Example("ALTER TABLE other DROP COLUMN label"),
    Example("ALTER TABLE other RENAME COLUMN label TO text"),
    Example("ALTER TABLE other ALTER COLUMN label SET DEFAULT 'x'"),
    Example("ALTER TABLE thing ADD CONSTRAINT positive CHECK (amount > 0)"),
    Example("ALTER TABLE thing ADD CONSTRAINT single UNIQUE (name, amount)"),
    Example("CREATE UNIQUE INDEX thing_name ON thing (name, amount)"),
    Example("DROP TABLE other"),
    Example("TRUNCATE TABLE other"),
    Example(
        "SELECT name, row_number() OVER (PARTITION BY amount ORDER BY id) AS n FROM thing /* ENGINE=x */ -- UUID()"
    ),
    Example("SELECT CASE WHEN id = 1 THEN coalesce(name, 'x') ELSE substring(name, 1, 2) END FROM thing"),
)
"""What both servers take, with words in it that are something else elsewhere."""

TEXT = (
    Example("SELECT `name` FROM `thing`", {"backtick_name": 2}, 'SELECT "name" FROM "thing"'),
    Example('SELECT id AS `a``b"c` FROM thing', {"backtick_name": 1}, 'SELECT id AS "a`b""c" FROM thing'),
    Example(
        'SELECT "it\'s \\"so\\"" AS said',
        {"double_quoted_string": 1, "backslash_escape": 1},
        "SELECT 'it''s \"so\"' AS said",
    ),
    Example("SELECT 'it\\'s\\n\\\\' AS said", {"backslash_escape": 1}, "SELECT 'it''s\n\\' AS said"),
    Example("SELECT 'nul \\0' AS said", {"backslash_escape": 1, "not_understood": 1}),
    Example(
        "SELECT id FROM thing WHERE name LIKE '100\\%'",
        {"backslash_escape": 1, "like": 1},
        "SELECT id FROM thing WHERE name LIKE '100\\%'",
    ),
    Example("SELECT id AS 'the id' FROM thing", {"string_as_name": 1}, 'SELECT id AS "the id" FROM thing'),
    Example(
        "SELECT id # it's\nFROM thing",
        {"hash_comment": 1},
        "SELECT id -- it's\nFROM thing".replace("-- ", "--  "),
    ),
    Example("SELECT id /* # no */ -- # neither\nFROM thing"),
    Example("SELECT /*!80000 STRAIGHT_JOIN */ id FROM thing", {"versioned_comment": 1}),
    Example(
        "SELECT userId AS total FROM thing WHERE userId > 1",
        {"mixed_case_name": 2},
        'SELECT "userId" AS total FROM thing WHERE "userId" > 1',
    ),
    Example("SELECT name FROM user", {"reserved_there": 1}, 'SELECT name FROM "user"'),
    Example("SELECT id FROM library", {"reserved_later": 1}, before=("CREATE TABLE `library` (id int)",)),
    Example(
        "SELECT name FROM thing WHERE id = ? AND amount = ?",
        {"parameter": 2},
        "SELECT name FROM thing WHERE id = $1 AND amount = $2",
    ),
    Example("SELECT name FROM thing WHERE id IN (?)", {"parameter": 1, "list_parameter": 1}),
    Example("INSERT INTO other (id, label) VALUES ?", {"parameter": 1, "list_parameter": 1}),
    Example("INSERT INTO other (id, label) VALUES (5, x'61'), (6, 0x61), (8, b'1')", {"bits": 3}),
    Example("SELECT _utf8mb4'a', N'b'", {"introducer": 2}),
    Example("SELECT id FROM thing WHERE name = '0000-00-00 00:00:00'", {"zero_date": 1}),
    Example("SELECT id FROM `elsewhere`.`thing`", {"backtick_name": 2, "other_database": 1}),
    Example("SELECT @a := id FROM thing", {"variable": 2}),
    Example("SET @a = 1", {"variable": 1}),
)

COLUMNS = (
    _column("tinyint(1) NOT NULL DEFAULT 0", {"tinyint_1": 1}),
    _column("tinyint NOT NULL", {"tinyint": 1}),
    _column("tinyint(4)", {"tinyint": 1}),
    _column("int(11) NOT NULL", {"integer_width": 1}, "int NOT NULL"),
    _column("mediumint(8)", {"mediumint": 1}, "integer"),
    _column("bigint unsigned", {"unsigned": 1}),
    _column("int(5) zerofill", {"integer_width": 1, "zerofill": 1}),
    _column("char(36)", {"char_36": 1}),
    _column("char(35)", {}),
    _column("datetime(6) NULL", {"datetime": 1}, "timestamp(6) NULL"),
    _column("datetime NULL", {"datetime": 1}, "timestamp(0) NULL"),
    _column("timestamp NULL", {"timestamp": 1}),
    _column("year", {"year": 1}),
    _column("double", {"double": 1}, "double precision"),
    _column("double precision", {}),
    _column("float", {"float": 1}, "real"),
    _column("float(30)", {"float": 1}, "double precision"),
    _column("double(8,2)", {"scaled_float": 1}),
    _column("longtext", {"sized_text": 1}, "text"),
    _column("mediumblob", {"blob": 1}, "bytea"),
    _column("varbinary(16)", {"binary": 1}),
    _column("enum('a', 'b') DEFAULT 'a'", {"enum": 1}),
    _column("set('a', 'b')", {"set": 1}),
    _column("bit(1)", {"bit": 1}),
    _column("point", {"spatial_type": 1}),
    _column("json", {"json_type": 1}),
    _column("serial", {"other_type": 1}),
    _column("int NOT NULL AUTO_INCREMENT PRIMARY KEY", {"auto_increment": 1}),
    Example(
        "CREATE TABLE made (id int AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 100",
        {"auto_increment": 1, "auto_increment_start": 1},
    ),
    _column(
        "datetime(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)",
        {"datetime": 1, "default_now": 1, "on_update_now": 1},
    ),
    _column("varchar(3) CHARACTER SET utf8mb4 NOT NULL", {"charset": 1}, "varchar(3)  NOT NULL"),
    Example(
        "CREATE TABLE made (id int) DEFAULT CHARSET=utf8mb4", {"charset": 1}, "CREATE TABLE made (id int)"
    ),
    Example("ALTER TABLE other CONVERT TO CHARACTER SET utf8mb4", {"charset": 1, "not_understood": 1}),
    _column("varchar(3) COLLATE utf8mb4_bin", {"collation": 1}),
    _column("varchar(3) COMMENT 'a, b'", {"column_comment": 1}),
    Example(
        "ALTER TABLE other ADD b int AFTER label, ADD d int FIRST",
        {"column_position": 2},
        "ALTER TABLE other ADD b int, ADD d int",
    ),
    _column("int GENERATED ALWAYS AS (id + 1) STORED", {"generated_column": 1}),
    _column("int AS (id + 1)", {"generated_column": 1}),
    Example(
        "ALTER TABLE other ADD (a datetime, b int(3))",
        {"datetime": 1, "integer_width": 1, "not_understood": 1},
    ),
)

KEYS = (
    Example(
        "CREATE TABLE made (id int) ENGINE=InnoDB ROW_FORMAT=DYNAMIC",
        {"engine": 1, "table_option": 1},
        "CREATE TABLE made (id int)",
    ),
    Example("ALTER TABLE other ENGINE=InnoDB", {"engine": 1, "not_understood": 1}),
    Example(
        "CREATE TABLE made (id int, a int, UNIQUE KEY ka (a), KEY kb (a), UNIQUE kc (a), CONSTRAINT kd UNIQUE (id))",
        {"inline_index": 3},
    ),
    Example("ALTER TABLE other ADD UNIQUE INDEX ia (label), ADD INDEX ib (label)", {"inline_index": 2}),
    Example("CREATE INDEX i ON other (label(10), id)", {"prefix_index": 1}),
    Example(
        "CREATE INDEX i ON other (label) USING BTREE", {"index_method": 1}, "CREATE INDEX i ON other (label)"
    ),
    Example("CREATE FULLTEXT INDEX i ON other (label)", {"search_index": 1}),
    Example("SELECT id FROM other WHERE MATCH (label) AGAINST ('x')", {"search_index": 1}),
    Example("DROP INDEX i ON other", {"drop_index_on": 1}),
    Example("ALTER TABLE other DROP INDEX i", {"alter_drop_index": 1}),
    Example(
        "ALTER TABLE other DROP FOREIGN KEY fk",
        {"drop_foreign_key": 1},
        "ALTER TABLE other DROP CONSTRAINT fk",
        before=("ALTER TABLE other ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES thing (id)",),
    ),
    Example(
        "ALTER TABLE other DROP CHECK positive",
        {"drop_check": 1},
        "ALTER TABLE other DROP CONSTRAINT positive",
        before=("ALTER TABLE other ADD CONSTRAINT positive CHECK (id > 0)",),
    ),
    Example("ALTER TABLE other DROP PRIMARY KEY", {"drop_primary_key": 1}),
    Example(
        "ALTER TABLE other ADD CONSTRAINT fk FOREIGN KEY fk_index (id) REFERENCES thing (id)",
        {"named_foreign_key": 1},
        "ALTER TABLE other ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES thing (id)",
    ),
    Example("ALTER TABLE other MODIFY COLUMN label varchar(60) NOT NULL", {"modify_column": 1}),
    Example("ALTER TABLE other CHANGE COLUMN label tag datetime", {"change_column": 1, "datetime": 1}),
    Example("RENAME TABLE other TO others", {"rename_table": 1}),
    Example("ALTER TABLE other RENAME others", {"rename_table": 1}),
    Example("ALTER TABLE other RENAME TO others"),
    Example("ALTER TABLE other RENAME INDEX i TO j", {"rename_index": 1}),
    Example(
        "ALTER TABLE other ADD b int, ALGORITHM=INPLACE, LOCK=NONE",
        {"online_change": 2},
        "ALTER TABLE other ADD b int",
    ),
    Example("ALTER TABLE other DISABLE KEYS", {"keys_off": 1}),
    Example("CREATE TABLE made (id int) COMMENT='x'", {"table_comment": 1}),
    Example("ALTER TABLE other COMMENT 'x'", {"table_comment": 1}),
    Example("CREATE TABLE made (id int) PARTITION BY HASH (id) PARTITIONS 4", {"partitions": 1}),
    Example("CREATE TABLE made LIKE other", {"create_like": 1}),
    Example(
        "DROP TEMPORARY TABLE made",
        {"drop_temporary": 1},
        "DROP TABLE made",
        before=("CREATE TEMPORARY TABLE made (id int)",),
    ),
    Example(
        "CREATE ALGORITHM=MERGE DEFINER=CURRENT_USER SQL SECURITY INVOKER VIEW v AS SELECT id FROM other",
        {"view_options": 3},
    ),
)

ROWS = (
    Example(
        "UPDATE thing a JOIN other b ON b.id = a.id SET a.name = b.label",
        {"update_join": 1, "qualified_column": 1},
    ),
    Example(
        "UPDATE thing a SET a.name = 'x', a.amount = 3 WHERE a.id = 1",
        {"qualified_column": 2},
        "UPDATE thing a SET name = 'x', amount = 3 WHERE a.id = 1",
    ),
    Example(
        "INSERT INTO other (id, other.label) VALUES (9, 'z')",
        {"qualified_column": 1},
        "INSERT INTO other (id, label) VALUES (9, 'z')",
    ),
    Example("DELETE a FROM other a JOIN thing b ON a.id = b.id", {"delete_join": 1}),
    Example("DELETE FROM other USING other JOIN thing ON other.id = thing.id", {"delete_join": 1}),
    Example("UPDATE other SET label = 'x' ORDER BY id LIMIT 1", {"limited_write": 1}),
    Example("DELETE FROM other WHERE id IN (SELECT id FROM thing) LIMIT 2", {"limited_write": 1}),
    Example("INSERT IGNORE INTO other (id) VALUES (1)", {"insert_ignore": 1}),
    Example("REPLACE INTO other (id) VALUES (1)", {"replace_row": 1}),
    Example(
        "INSERT INTO other (id) VALUES (1) ON DUPLICATE KEY UPDATE label = VALUES(label)",
        {"on_duplicate_key": 1},
    ),
    Example("INSERT INTO other VALUES (9, 1, 'x')", {"insert_without_columns": 1}),
    Example("INSERT INTO other SELECT id, id, name FROM thing", {"insert_without_columns": 1}),
    Example("INSERT INTO other SET id = 9, label = 'x'", {"insert_set": 1}),
    Example(
        "INSERT INTO made () VALUES ()",
        {"empty_row": 1},
        "INSERT INTO made DEFAULT VALUES",
        before=("CREATE TABLE made (id int)",),
    ),
    Example("INSERT INTO other (id) VALUE (9)", {"value_for_values": 1}, "INSERT INTO other (id) VALUES (9)"),
    Example("SELECT id FROM thing WHERE flag = 1 AND id <> 0", {"flag_as_number": 1}),
    Example("INSERT INTO thing (id, flag, amount) VALUES (8, 0, 1), (9, 1, 0)", {"flag_as_number": 2}),
    Example(
        "SELECT id FROM thing ORDER BY id LIMIT 1, 2",
        {"limit_pair": 1},
        "SELECT id FROM thing ORDER BY id LIMIT 2 OFFSET 1",
    ),
    Example(
        "SELECT id FROM thing USE INDEX (PRIMARY) WHERE id = 1",
        {"index_hint": 1},
        "SELECT id FROM thing WHERE id = 1",
    ),
    Example("SELECT SQL_CALC_FOUND_ROWS id FROM thing", {"select_option": 1}),
    Example(
        "INSERT LOW_PRIORITY INTO other (id) VALUES (9)",
        {"write_option": 1},
        "INSERT  INTO other (id) VALUES (9)",
    ),
    Example(
        "SELECT id FROM thing WHERE id = 1 LOCK IN SHARE MODE",
        {"share_lock": 1},
        "SELECT id FROM thing WHERE id = 1 FOR SHARE",
    ),
    Example("SELECT 1 FROM DUAL", {"from_dual": 1}, "SELECT 1"),
    Example(
        "SELECT id FROM thing WHERE amount <=> 10",
        {"null_safe_equal": 1},
        "SELECT id FROM thing WHERE amount IS NOT DISTINCT FROM 10",
    ),
    Example("SELECT id FROM thing WHERE name REGEXP '^a' OR name RLIKE 'b'", {"pattern_match": 2}),
    Example("SELECT id FROM thing WHERE name LIKE 'a%'", {"like": 1}),
    Example("SELECT id || 0, id && 1, id XOR 1, id DIV 2, id MOD 2, !id FROM thing", {"operator": 6}),
    Example("SELECT amount / 4 FROM thing", {"division": 1}),
    Example("SELECT id FROM thing WHERE BINARY name = 'a'", {"binary_operator": 1}),
    Example(
        "SELECT CURRENT_DATE + INTERVAL 1 DAY > CURRENT_DATE AS later",
        {"interval": 1},
        "SELECT CURRENT_DATE + INTERVAL '1 DAY' > CURRENT_DATE AS later",
        answers=False,
    ),
    Example("SELECT 1 MEMBER OF ('[1]')", {"json_member": 1}),
)

FUNCTIONS = (
    Example("SELECT IFNULL(name, 'x') FROM thing", {"ifnull": 1}, "SELECT COALESCE(name, 'x') FROM thing"),
    Example("SELECT IF(id = 1, 'a', 'b') FROM thing", {"if": 1}),
    Example("SELECT id FROM thing WHERE ISNULL(name)", {"isnull": 1}),
    Example("SELECT UUID() AS made", {"uuid": 1}, "SELECT gen_random_uuid() AS made", answers=False),
    Example("SELECT BIN_TO_UUID(UUID_TO_BIN('x'))", {"uuid_bytes": 2}),
    Example("SELECT LENGTH(name) FROM thing", {"length": 1}, "SELECT octet_length(name) FROM thing"),
    Example("SELECT CONCAT(name, '-') FROM thing", {"concat": 1}),
    Example("SELECT GROUP_CONCAT(name SEPARATOR ',') FROM thing", {"group_concat": 1}),
    Example("SELECT JSON_EXTRACT(doc, '$.a') FROM thing", {"json_read": 1}),
    Example("SELECT doc->'$.a', doc->>'$.b' FROM thing", {"json_arrow": 2}),
    Example(
        "UPDATE thing SET doc = JSON_SET(doc, '$.a', JSON_OBJECT('b', 1))", {"json_write": 1, "json_make": 1}
    ),
    Example(
        "SELECT id FROM thing WHERE JSON_CONTAINS(doc, '1') AND JSON_LENGTH(doc) > 0", {"json_search": 2}
    ),
    Example("SELECT CAST(name AS JSON) FROM thing", {"json_cast": 1}),
    Example("SELECT CAST(name AS SIGNED), CAST(id AS UNSIGNED INTEGER) FROM thing", {"cast_type": 2}),
    Example("SELECT CAST(id AS CHAR) FROM thing", {"cast_to_char": 1}, "SELECT CAST(id AS text) FROM thing"),
    Example("SELECT CAST(id AS CHAR(3)) FROM thing"),
    Example("SELECT CONVERT(name USING utf8mb4) FROM thing", {"convert": 1}),
    Example("SELECT DATE_FORMAT(NOW(), '%Y'), UNIX_TIMESTAMP()", {"date_function": 2}),
    Example("SELECT SUBSTRING_INDEX(name, '-', 1), LOCATE('a', name) FROM thing", {"text_function": 2}),
    Example("SELECT RAND(), TRUNCATE(1.5, 0)", {"number_function": 2}),
    Example("SELECT LAST_INSERT_ID()", {"session_function": 1}),
    Example("SELECT ST_X(place) FROM thing", {"spatial_function": 1}),
    Example("SELECT DATABASE(), SCHEMA()", {"database_name": 2}),
    Example("SELECT {d '2020-01-01'}", {"date_literal": 1}),
    Example("SELECT our_function(id) FROM thing", {"other_function": 1}),
)

SERVER = (
    Example("SHOW COLUMNS FROM thing LIKE 'a%'", {"show": 1}),
    Example("SELECT TABLE_NAME FROM information_schema.TABLES", {"catalog": 1}),
    Example("SET FOREIGN_KEY_CHECKS = 0", {"key_checks": 1}),
    Example("SET NAMES utf8mb4", {"setting": 1}),
    Example("SET SESSION sql_mode = ''", {"setting": 1}),
    Example("SELECT @@version", {"setting": 1}),
    Example("PREPARE said FROM 'SELECT 1'", {"prepared": 1}),
    Example(
        "CREATE TRIGGER tr BEFORE INSERT ON other FOR EACH ROW BEGIN SET NEW.label = 'x'; END",
        {"stored_program": 1},
    ),
    Example("CALL done()", {"stored_program": 1}),
    Example("LOCK TABLES thing WRITE", {"lock_tables": 1}),
    Example("START TRANSACTION", {"transaction": 1}),
    Example("COMMIT", {"transaction": 1}),
    Example("LOAD DATA INFILE '/x' INTO TABLE thing", {"load_data": 1}),
    Example("CREATE USER 'a' IDENTIFIED BY 'b'", {"account": 1}),
    Example("USE elsewhere", {"database": 1}),
    Example("OPTIMIZE TABLE thing", {"maintenance": 1}),
)

EXAMPLES = (*PORTABLE, *TEXT, *COLUMNS, *KEYS, *ROWS, *FUNCTIONS, *SERVER)
"""All but those of what is found by other means, and of files: DELIMITER, what a program puts in."""
