# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a Kratos database that belongs to the platform, one subject per file."""
