# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks as an operator runs them: ansible-playbook in a process of its own, on real servers."""
