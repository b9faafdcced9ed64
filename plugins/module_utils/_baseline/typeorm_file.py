# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of the engine of this collection, no interface for other collections.

"""The schema as one migration of TypeORM."""

from __future__ import annotations

import json
import typing as t

from .decisions import MARK

if t.TYPE_CHECKING:
    from .ddl import Schema

STAMP: t.Final = 1
"""Before every migration that an application writes later; the name of the class ends in it, as TypeORM wants."""


def to_typescript(schema: Schema) -> str:
    """A class with `up` and `down`, a query for each statement."""
    name = f"Baseline{STAMP:013}"
    up = "".join(f"    await queryRunner.query({_string(one)});\n" for one in schema.statements)
    down = "".join(f"    await queryRunner.query({_string(one)});\n" for one in schema.undo)
    return (
        f"// {MARK}\n"
        "import { MigrationInterface, QueryRunner } from 'typeorm';\n\n"
        f"export class {name} implements MigrationInterface {{\n"
        f"  name = '{name}';\n\n"
        f"  public async up(queryRunner: QueryRunner): Promise<void> {{\n{up}  }}\n\n"
        f"  public async down(queryRunner: QueryRunner): Promise<void> {{\n{down}  }}\n"
        "}\n"
    )


def _string(statement: str) -> str:
    """A literal of TypeScript: that of JSON, whose two other line ends are escaped."""
    text = json.dumps(statement, ensure_ascii=False)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


__all__ = ("to_typescript",)
