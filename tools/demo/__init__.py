# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver of "make demo": a made-up platform, migrated before one's eyes, and left to look around in."""
