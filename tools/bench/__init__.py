# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver of "make bench": how fast the engine moves rows, measured beside pgloader.

Nothing here is a test: times depend on the machine and on what else it does.
"""
