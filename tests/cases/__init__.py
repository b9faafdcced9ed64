# SPDX-License-Identifier: GPL-3.0-or-later
"""Small inputs that people met who did this job, each with its right outcome, written without the engine."""
