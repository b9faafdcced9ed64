# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures injected from outside the engine's process: signals, a proxy, server kills, full disks, damage.

The short form is pytest's (tests/faults/test_*.py), the long form is 'python -m tests.faults'.
"""
