# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may see what: secrets, personal values, files, accounts, certificates, and the ways back."""
