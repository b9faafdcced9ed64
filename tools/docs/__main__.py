# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the generated guides: python -m tools.docs."""

from __future__ import annotations

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / ".ansible/collections"))


def main() -> None:
    from tools.docs.pages import PAGES  # noqa: PLC0415 - needs the path above

    for name, render in PAGES.items():
        (CHECKOUT / "docs" / name).write_text(render(), "utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
