# SPDX-License-Identifier: GPL-3.0-or-later
"""Dump files of real dump programs, restored into private servers and migrated from there."""
