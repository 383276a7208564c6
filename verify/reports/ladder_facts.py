"""The ladder of a task as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from ...theory.automata.automaton import Automaton
from ...theory.errors import RungError
from ...theory.ladder.ladder_row import LadderRow, Witness, shown_size
from ...theory.robust.decision import FixedStates, Robustness
from ...theory.weights.decoded_weights import DecodedWeights

PROVED_SIZE = 20_000  # states × letters up to which witnesses are built unless asked otherwise


def ladder_facts(automaton: Automaton | None, ladder: Mapping[str, LadderRow], prove: bool) -> list[dict[str, Any]]:
    """One dictionary per rung: size, bounds with their reasons, and the witness if it is built and proved."""
    return [row_facts(automaton, row, prove) for row in ladder.values()]


def row_facts(automaton: Automaton | None, row: LadderRow, prove: bool) -> dict[str, Any]:
    """What is known about one rung, as JSON values: sizes that are infinite or do not exist are null.

    Raises:
        RungError: if a witness fails its proof, which would be a defect of the library.
    """
    facts: dict[str, Any] = {
        "rung": row.rung,
        "possible": row.size is not None,
        "size": row.size if isinstance(row.size, int) else None,
        "lower": _finite(row.lower.size),
        "upper": _finite(row.upper.size),
        "shown": shown_size(row.size),
        "unit": row.unit,
        "label": row.label,
        "scope": row.scope,
        "why_not_smaller": row.lower.reason,
        "construction": row.upper.reason,
        "irreps": [
            {"label": v.label, "degree": v.degree, "fixed": v.fixed, "rank": v.rank, "type": v.indicator}
            for v in row.lower.irreps
        ],
        "hidden": None,
        "proved": None,
    }
    if prove and automaton is not None and row.upper.build is not None:
        weights = row.weights
        verdict = weights.prove(automaton)
        if not verdict.proved:
            raise RungError(f"the witness of rung {row.rung!r} failed its proof: {verdict.reason}")
        facts["hidden"] = _hidden(weights)
        facts["proved"] = True
    return facts


def robust_facts(verdict: Robustness) -> dict[str, Any]:
    """Whether weights can be right for ever together with all weights near them, as JSON values; labels as texts."""
    return {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "memory": verdict.memory,
        "bit": verdict.bit,
        "fixes_three": _fixed(verdict.three),
        "loses_a_fixed_pair": _fixed(verdict.lost),
    }


def _fixed(found: FixedStates | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "word": list(map(str, found.word)),
        "states": list(map(str, found.states)),
        "then": None if found.then is None else list(map(str, found.then)),
        "shortest": found.shortest,
    }


def _hidden(weights: Witness) -> int:
    return weights.weights.hidden_size if isinstance(weights, DecodedWeights) else weights.hidden_size


def _finite(size: float) -> int | None:
    return None if size == inf else int(size)
