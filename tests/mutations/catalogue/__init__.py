# SPDX-License-Identifier: GPL-3.0-or-later
"""All mutations, by the part of the house they break. A new file of them is named here."""

from tests.mutations.catalogue import exactly_once, gate, sessions
from tests.mutations.mutation import Mutation

ALL: tuple[Mutation, ...] = (*exactly_once.ALL, *sessions.ALL, *gate.ALL)
