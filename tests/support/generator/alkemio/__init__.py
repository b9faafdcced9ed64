# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of an Alkemio platform, one subject per file."""
