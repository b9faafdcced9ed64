# Copyright (c) 2026, Alkemio BV
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE: part of this collection, no interface for other collections.

"""The one place where the engine meets Ansible: libraries before, result or failure after."""

from __future__ import annotations

import sys
import time
import typing as t

from ._errors import ConvergenceError, unforeseen

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from ansible.module_utils.basic import AnsibleModule


class Outcome(t.Protocol):
    """What every function of the engine returns."""

    def as_result(self) -> dict[str, t.Any]:
        """Keys of a module's result."""


_ENVIRONMENT: t.Final = (
    "Make its environment with the role alkemio.convergence.migration, entry point prepare "
    "(migrate.yml --tags preflight)"
)


def run(
    module: AnsibleModule,
    libraries: tuple[tuple[str, ...], ...],
    verb: Callable[[], Outcome],
    *,
    where: str = "The migration host's",
    environment: str = _ENVIRONMENT,
) -> t.NoReturn:
    """Call `verb` and leave the module with what it returns or with the one line it raises.

    `where` and `environment`: whose Python it is and how to get the libraries, for the message that some are missing.
    Beside that every result has `work_seconds`, how long `verb` took: what a task takes beyond it is Ansible's.
    """
    began = time.monotonic()
    if libraries:
        _demand(module, libraries, f"{where} Python {sys.executable}", environment)
    failure: ConvergenceError | None = None
    result: dict[str, t.Any] = {}
    try:
        result = verb().as_result()
    except ConvergenceError as error:
        failure = error
    except Exception as error:
        failure = unforeseen(error)
    if failure is not None:
        # Not inside the except: there Ansible would add the chain of causes, and the drivers' own errors
        # quote values of rows.
        module.fail_json(msg=str(failure), error=type(failure).__name__, **failure.details)
    if not (module._diff and result["changed"]):
        result.pop("diff", None)
    module.exit_json(**result, work_seconds=round(time.monotonic() - began, 3))


def _demand(
    module: AnsibleModule, libraries: tuple[tuple[str, ...], ...], python: str, environment: str
) -> None:
    """Leave the module unless all libraries can be imported."""
    # Not above: a module that needs none would import all of them, which takes it longer than what it does.
    from ._drivers import IMPORT_TRACEBACKS, missing_libraries  # noqa: PLC0415

    missing = missing_libraries(*libraries)
    if missing:
        module.fail_json(
            msg=(
                f"{python} lacks {', '.join(missing)}. {environment}, and use that environment as "
                "ansible_python_interpreter."
            ),
            error="LibrariesMissing",
            missing_libraries=missing,
            exception=IMPORT_TRACEBACKS[missing[0]],
        )


__all__ = ("Outcome", "run")
