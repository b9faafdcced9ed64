# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated pages of docs/, by file name."""

from __future__ import annotations

from tools.docs import (
    baseline_guide,
    baselines,
    earlier_scripts,
    migration_constructs,
    profiles,
    reliability,
    schema_contract,
    tags,
    traps,
    type_mapping,
)

PAGES = {
    "profiles.md": profiles.render,
    "type-mapping.md": type_mapping.render,
    "traps.md": traps.render,
    "earlier-scripts.md": earlier_scripts.render,
    "tags.md": tags.render,
    "reliability.md": reliability.render,
    "migration-constructs.md": migration_constructs.render,
    "schema-contract.md": schema_contract.render,
    "application-without-migrations.md": baseline_guide.render,
    "baseline-and-upstream.md": baselines.render,
    "deciding-on-the-chain.md": migration_constructs.render_guide,
}
