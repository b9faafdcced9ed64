# SPDX-License-Identifier: GPL-3.0-or-later
"""Rounds: a migration whose every verb is disturbed several times, then held to the undisturbed end."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.faults.injections import Hit, draw, inject
from tests.faults.stage import VERBS, Stage
from tests.support.engine.verb import Ending, EngineDefect

_TRANSIENT = {"ServerError", "AlreadyRunning"}
"""What the same command may say while a killed server or a killed run is still on its way out."""
_TRIES = 8


@dataclass
class Tally:
    """What was injected and what was found."""

    hits: list[Hit] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    again: Counter[str] = field(default_factory=Counter)
    """What the same command said when it did not end at once."""
    rounds: int = 0
    seconds: float = 0.0

    @property
    def fired(self) -> list[Hit]:
        """Injections whose moment came while the verb was at work."""
        return [hit for hit in self.hits if hit.fired]

    def table(self) -> list[str]:
        """Counts per kind and per phase."""
        kinds = Counter((hit.injection.kind, hit.injection.verb) for hit in self.fired)
        phases = Counter((hit.injection.verb, hit.phase) for hit in self.fired)
        endings = Counter(hit.ending.error or str(hit.ending) for hit in self.fired)
        lines = [f"{'kind of injection':<24}" + "".join(f"{verb:>8}" for verb in VERBS)]
        for kind in sorted({kind for kind, _verb in kinds}):
            lines.append(f"{kind:<24}" + "".join(f"{kinds[kind, verb]:>8}" for verb in VERBS))
        lines.append(
            "phases: " + ", ".join(f"{verb} {phase} {n}" for (verb, phase), n in sorted(phases.items()))
        )
        lines.append("the verb ended with: " + ", ".join(f"{name} {n}" for name, n in endings.most_common()))
        lines += [f"again: {count} x {text}" for text, count in self.again.most_common()]
        lines.append(
            f"{len(self.fired)} injections in {self.rounds} rounds, {self.seconds:.0f} s, "
            f"{len(self.failures)} failures"
        )
        return lines


def play(stage: Stage, dice: random.Random, tally: Tally, kinds: tuple[str, ...] | None = None) -> None:
    """One round; `kinds`: these, in the order of the verbs, instead of kinds by chance."""
    assert stage.undisturbed is not None
    began = time.monotonic()
    stage.fresh_targets()
    stage.fresh_run()
    evidence = ""
    chosen = list(kinds or ())
    for verb in VERBS:
        for _number in range(dice.choice((1, 2, 2, 3)) if kinds is None else 1):
            injection = draw(dice, stage, verb, chosen.pop(0) if chosen else None)
            try:
                hit = inject(stage, injection)
            except EngineDefect as defect:
                raise EngineDefect(f"{injection}: {defect}") from defect
            tally.hits.append(hit)
            _judge(hit)
            if hit.ending.ok:
                break
        evidence = str(_until_it_ends(stage, verb, tally).get("evidence_hash", ""))
    found = stage.differences(stage.undisturbed, evidence)
    found += _second_run(stage)
    tally.failures += found
    tally.rounds += 1
    tally.seconds += time.monotonic() - began


def _judge(hit: Hit) -> None:
    """Raises EngineDefect: the verb failed otherwise than by the failure."""
    ending = hit.ending
    if ending.ok or ending.killed or (hit.fired and ending.error in _TRANSIENT):
        return
    raise EngineDefect(f"{hit.injection} (fired: {hit.fired}): {ending}")


def _until_it_ends(stage: Stage, verb: str, tally: Tally) -> dict[str, object]:
    """The same command again until it ends; raises EngineDefect: it never does."""
    ending: Ending | None = None
    for number in range(_TRIES):
        ending = stage.do(verb)
        if ending.ok:
            return dict(ending.result or {})
        tally.again[f"{verb}: {ending.error}: {ending.message[:160]}"] += 1
        if ending.error not in _TRANSIENT:
            break
        time.sleep(0.3 * (number + 1))
    raise EngineDefect(f"{verb} again: {ending}")


def _second_run(stage: Stage) -> list[str]:
    """Once more changes nothing and says so."""
    return [f"a further {verb} says changed" for verb in VERBS if stage.must(verb)["changed"]]


def run(stage: Stage, seed: int, injections: int) -> Tally:
    """Rounds until so many injections have met a verb at work."""
    tally = Tally()
    while len(tally.fired) < injections:
        dice = random.Random(f"{seed} {tally.rounds}")
        before = len(tally.hits)
        try:
            play(stage, dice, tally)
        except EngineDefect as defect:
            tally.rounds += 1
            tally.failures.append(f"round {tally.rounds}: {defect}")
        found = tally.failures
        for hit in tally.hits[before:]:
            print(f"  {hit.injection}; phase {hit.phase}; fired {hit.fired}; {hit.ending}"[:260], flush=True)
        print(
            f"round {tally.rounds}: {len(tally.fired)} of {injections} injections, {len(found)} failures"
            + "".join(f"\n  {line}" for line in found),
            flush=True,
        )
    return tally
