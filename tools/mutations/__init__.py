# SPDX-License-Identifier: GPL-3.0-or-later
"""Break the engine on purpose, one place at a time, and see that the quick tests notice: make test-mutations."""
