"""A length up to which a trained model is right on every word, proved.

The proof is a certificate: coordinates in which the hidden state is, up to a positive factor, a code of the true state
plus an error, and numbers that bound how the error grows from letter to letter; `exact_check` has the mathematics. Here
they are looked for in floats, several ways, and the best is kept; whatever comes out is checked in exact arithmetic
before it is returned, so a mistake here can cost length, never truth. The ways:

- *codes as they are*: for weights that are exact; the horizon is infinite, in any family;
- *signal and remainder*: a balanced truncation splits the hidden space in two components (theory page, section 6);
- *contexts*: the same in coordinates that depend on the last letters, where these are few enough;
- *blocks*: for block diagonal families every block is a component, without any coupling;
- *angles*: for rotations, the hull of all angles that words of T letters can be off by;
- *all words*: where these give less, as early in training, short words are simply multiplied out.

Tubes are measured by norms alone and, for letters that permute the states, along the worst path; the better one counts.
"""

from __future__ import annotations

import base64
import itertools
import json
import math
import sys
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..groups.errors import BistateError
from ..models.bilinear_rnn import BilinearRNN
from ..models.errors import ModelError
from ..theory.automata.automaton import Automaton
from ..theory.files.text_file import write_text
from .angles import angle_horizon
from .errors import CertificateError, MismatchError
from .exact_check import (
    BITS,
    EXECUTION,
    KIND,
    MOST_STEPS,
    CheckError,
    FormatError,
    RangeError,
    check,
    digest,
    read_document,
)
from .exact_codes import exact_codes
from .fit import require_fit
from .plain_floats import require_plain_floats
from .tracking import Tracking, invariant_coordinates, potentials, ranks, signal_basis, tracking

Floats = NDArray[Any]  # of float64
GRID = 44  # binary digits kept of coordinates, relative to their largest entry
SQUARINGS = 26  # of a Gram matrix, until the bound on its norm is tight
KEPT = 3  # attempts whose worst paths are looked at
PREFIX_WORDS, LONGEST_PREFIX = 600, 12  # words that are multiplied out, and their length, before the bounds begin
MOST_PREFIX_WORDS = 4000
MOST_WORDS, MOST_PRODUCTS = 20_000, 2e8  # multiplied out where nothing else helps: words, and products of numbers
LARGE = 500_000  # pairs of states times letters from which one attempt's worst paths are enough
MOST_EDGES, MOST_NUMBERS = 600, 4_000_000  # pairs of a context and a letter, and numbers in their matrices
MOST_LETTERS_KEPT, LARGEST_TILT = 6, 1e3
MANY_NUMBERS = 1_000_000  # in the transitions, from which fewer ways are tried
FEW = 4  # squarings of a large Gram matrix, which give its norm to a quarter
ALONE = 48  # letters beyond after which the worst length, and not each one, is compared
ORDINARY = 30  # binary orders of magnitude that squares and averages of weights bear
DEAD = 0.02  # of a block's largest Hankel singular value: what is below carries no signal
EXECUTIONS = ("loop", "scan")  # one letter after the other, or `parallel=True`


@dataclass(frozen=True)
class Certificate:
    """What `certify` proved.

    Attributes:
        horizon: every word of at most this many letters is classified rightly; `math.inf`, or −1 when not even the
            empty word is proved.
        arithmetic: "exact", or the floating-point type whose rounding is included.
        way: how it was proved: "exact codes", "signal and remainder", "blocks", "angles",
            "all words", "one state"; "none" where not even the empty word is proved.
        rank: dimension of the signal in the second way, 0 in the others.
        norm_horizon: what norms alone prove; −1 where it was words or angles alone.
        path_horizon: what the worst path proves; None where letters merge states, the weights are exact, or it was
            words or angles alone.
        seconds: time spent on the search and the check.
        document: the certificate as JSON values, see `exact_check`.
        reason: why nothing longer is proved, where numbers would leave the range of floats; "" else.
    """

    horizon: float
    arithmetic: str
    way: str
    rank: int
    norm_horizon: float
    path_horizon: float | None
    seconds: float
    document: dict[str, Any] = field(repr=False)
    reason: str = ""

    def check(self) -> float:
        """The horizon, proved again from the document alone.

        Raises:
            CheckError: if it does not hold.
        """
        return check(self.document)

    def belongs_to(self, model: BilinearRNN, automaton: Automaton | None = None, execution: str | None = None) -> bool:
        """Whether the certificate is about exactly this model: its weights, and how its code rounds, found anew.

        Args:
            model: any model.
            automaton: if given, the certificate has to be about this task as well.
            execution: if given, "loop" or "scan", rounding has to be covered for this way of running the model.
        """
        return not why_not_about(self.document, model, automaton, execution)

    def save(self, path: str | Path) -> None:
        """Write the certificate as JSON, all or nothing; `bistate check` reads it."""
        write_text(Path(path), json.dumps(self.document) + "\n")

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON values, without the document; infinity as a text."""
        return {
            "horizon": "infinity" if self.horizon == math.inf else int(self.horizon),
            "arithmetic": self.arithmetic,
            "way": self.way,
            "rank": self.rank,
            "norm_horizon": "infinity" if self.norm_horizon == math.inf else int(self.norm_horizon),
            "path_horizon": None if self.path_horizon is None else int(self.path_horizon),
            "seconds": self.seconds,
            "reason": self.reason,
        }


def why_not_about(
    document: dict[str, Any], model: BilinearRNN, automaton: Automaton | None = None, execution: str | None = None
) -> str:
    """Why a certificate's document is not about a model, see `Certificate.belongs_to`; "" if it is.

    Everything the claim rests on is found anew from the model and compared: nothing is taken from the document.
    """
    task, arithmetic = document["automaton"], document["arithmetic"]
    if (len(task["table"]), len(task["table"][0])) != (model.states, model.letters):
        return "it is about another number of states or letters"
    if automaton is not None and task != _stored_task(automaton):
        return "it is about another task"
    if arithmetic != "exact" and execution not in (None, document.get("execution")):
        return f"it covers execution {document.get('execution')!r}, not {execution!r}"
    try:
        own = spoken_of(model, arithmetic)
    except BistateError as error:
        return f"there is no such certificate about the model: {error}"
    if own["weights"] != document["weights"]:
        return "it is about other weights than the model's"
    if (own["terms"], own["execution"]) != (document.get("terms", 0), document.get("execution")):
        return f"a step of the model rounds {own['terms']} times, and not {document.get('terms')}"
    return ""


def certify(
    model: BilinearRNN, automaton: Automaton, arithmetic: str = "exact", execution: str = EXECUTION
) -> Certificate:
    """Prove a length up to which every word is classified rightly.

    Args:
        model: a trained model, of any family, without additive terms. Its weights are the matrices
            `model.transitions()`, the start and `model.rows()`, as the floats they are.
        automaton: the task.
        arithmetic: "exact": the floats are multiplied without rounding, and the start is `model.start`. "float32" or
            "float64": the code as it runs, with the rounding of every product, of the norm that is divided by and of
            the readout, and within the range of floats; for models with normalised states.
        execution: how the code runs, where it rounds: "loop", one letter after the other; "scan", `parallel=True`, is
            refused.

    Returns:
        A `Certificate`; its horizon is at most 250 000 or infinite.

    Raises:
        MismatchError: if model and task do not fit, or arithmetic or execution are not known or not covered for the
            model: states that are not normalised, weights that leave the range of floats, products of reduced
            precision.
        ModelError: if a weight is not finite.
    """
    begun = time.perf_counter()
    require_fit(model, automaton)
    document = _claim_about(model, automaton, arithmetic, execution)
    if model.states == 1:
        document["horizon"] = "infinity"
        return Certificate(check(document), arithmetic, "one state", 0, math.inf, None, _since(begun), document)
    _require_range(document)
    A, h, C = float_weights(model, normalized=arithmetic != "exact")
    table, start = np.asarray(automaton.table, dtype=np.int64), automaton.start_index
    step = model.family.step_rounding() if arithmetic != "exact" else None
    unit = 0.0 if BITS[arithmetic] is None else 2.0 ** -BITS[arithmetic] * (document["terms"] + 1)  # type: ignore[operator]
    horizon, way, chosen, reason = -1.0, "none", None, ""
    if model.transition == "rotation" and exact_codes(A, h, table, start) is None:
        horizon, way = _angles(document, A, h, C, table, start, unit), "angles"
    A, h, C, units = _of_size_one(A, h, C)
    if horizon < 0:  # where angles prove something they prove most
        spread = None if step is None or step.spread is None else step.spread / units[:, None, None]
        chosen = _best_tube(model, A, h, C, table, start, unit, spread)
        if chosen is not None:
            (horizon, reason), way = _checked(document, chosen, units), chosen.attempt.way
    words, short = _all_words(document, A, h, C, table, start, above=horizon)
    horizon, way, reason = (words, "all words", reason or short) if words > horizon else (horizon, way, reason)
    if horizon < 0:
        document["horizon"] = -1
    if chosen is None or way != chosen.attempt.way or horizon < 0:
        way = "none" if horizon < 0 else way
        return Certificate(horizon, arithmetic, way, 0, -1, None, _since(begun), document, reason)
    return Certificate(
        horizon=horizon,
        arithmetic=arithmetic,
        way=chosen.attempt.way,
        rank=chosen.attempt.rank,
        norm_horizon=min(chosen.by_norm, horizon),
        path_horizon=None if chosen.by_path is None else min(chosen.by_path, horizon),
        seconds=_since(begun),
        document=document,
        reason=reason,
    )


def _of_size_one(A: Floats, h: Floats, C: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Weights divided by powers of two, so that the search stays in range, and those of the letters, (letters,).

    Ordinary weights are left as they are.
    """
    powers = [math.frexp(np.abs(values).max())[1] for values in (*A, h, C)]
    units = np.array([2.0 ** min(max(k, -1000), 1000) if abs(k) > ORDINARY else 1.0 for k in powers])
    return A / units[:-2, None, None], h / units[-2], C / units[-1], units[:-2]


def _since(begun: float) -> float:
    return round(time.perf_counter() - begun, 3)


def _require_range(document: dict[str, Any]) -> None:
    """Refuse weights that leave the range of floats whatever the word: the empty one shows it."""
    try:
        check(document)
    except RangeError as error:
        raise MismatchError(f"{error}; certify in exact arithmetic, or scale the weights") from None
    except CheckError:  # the empty word is wrong, or a claim is too bold: not a question of range
        return


def _best_tube(
    model: BilinearRNN,
    A: Floats,
    h: Floats,
    C: Floats,
    table: NDArray[np.int64],
    start: int,
    unit: float,
    spread: Floats | None,
) -> _Estimate | None:
    """The attempt that reaches farthest, by norms or along the worst path."""
    permuting = all(len(set(table[:, x])) == len(table) for x in range(len(A)))
    best: list[_Estimate] = []  # the best ones by norms alone, which is cheap
    for attempt in _attempts(model, A, h, C, table, start):
        try:
            found = _Estimate(attempt, A, h, C, table, start, unit, spread)
        except np.linalg.LinAlgError:
            continue
        best = sorted([*best, found], key=lambda e: -e.by_norm)[:KEPT]
        if best[0].by_norm == math.inf:
            break
    if best and 0 < best[0].by_norm < MOST_STEPS and best[0].attempt.way == "signal and remainder" and permuting:
        for attempt in _in_context(best[0].attempt, A, table):
            try:
                found = _Estimate(attempt, A, h, C, table, start, unit, spread)
            except np.linalg.LinAlgError:
                continue
            best = sorted([*best, found], key=lambda e: -e.by_norm)[:KEPT]
    large = table.shape[0] ** 2 * table.shape[1] > LARGE
    for found in best[: 1 if large else KEPT]:
        found.add_path()
    return max(best, key=lambda e: e.horizon, default=None)


def load_certificate(path: str | Path) -> dict[str, Any]:
    """The document of a saved certificate, not yet checked.

    Raises:
        CertificateError: if the file cannot be read, or is not a JSON object.
    """
    try:
        document = read_document(path)
    except FormatError as error:
        raise CertificateError(str(error)) from None
    if not isinstance(document, dict):
        raise CertificateError(f"the certificate {str(path)!r} is not a JSON object")
    return document


def float_weights(model: BilinearRNN, normalized: bool = False) -> tuple[Floats, Floats, Floats]:
    """A (letters, hidden, hidden), the start (hidden,), as it is or normalised, and C (states, hidden), as float64."""
    with torch.no_grad():
        tensors = model.transitions(), model.initial(1)[0] if normalized else model.start, model.rows()
        A, h, C = (t.detach().double().numpy(force=True) for t in tensors)
    return A, h, C


def _stored(values: Floats) -> dict[str, Any]:
    flat = array("d", np.ascontiguousarray(values, dtype=np.float64).ravel().tobytes())
    if sys.byteorder == "big":
        flat.byteswap()
    return {"shape": list(values.shape), "float64": base64.b64encode(flat.tobytes()).decode()}


def spoken_of(model: BilinearRNN, arithmetic: str = "exact", execution: str = EXECUTION) -> dict[str, Any]:
    """What a certificate says of a model, found anew from the model: arithmetic, execution, terms and weights.

    Raises:
        MismatchError: if arithmetic or execution are not known or not covered for the model.
        ModelError: if a weight is not finite, or an intermediate number may overflow.
    """
    if model.shift is not None:
        raise MismatchError("the model has additive terms b[x]; a horizon is certified for h ← A[x] h alone")
    if arithmetic not in BITS:
        raise MismatchError(f"arithmetic {arithmetic!r} is not known; choose one of {', '.join(BITS)}")
    if execution not in EXECUTIONS:
        raise MismatchError(f"execution {execution!r} is not known; choose one of {', '.join(EXECUTIONS)}")
    model.check_finite()
    rounded = arithmetic != "exact"
    if rounded:
        if execution != EXECUTION:
            raise MismatchError(
                "rounding is bounded for execution='loop' alone: the scan, parallel=True, multiplies matrices first, "
                "whose errors are as large as their product, however small the state"
            )
        require_plain_floats(model, arithmetic)
    A, h, C = float_weights(model, normalized=rounded)
    for name, values in (("transitions", A), ("start", h), ("readout", C)):
        if not np.isfinite(values).all():
            raise ModelError(f"the {name} overflow in {model.start.dtype}: {values[~np.isfinite(values)][0]}")
    weights, terms = {"transitions": _stored(A), "start": _stored(h), "readout": _stored(C)}, 0
    if rounded:
        step = model.family.step_rounding()
        terms = step.terms
        weights |= {} if step.spread is None else {"spread": _stored(step.spread)}
        weights |= {} if step.underflow is None else {"underflow": _stored(step.underflow)}
    return {
        "arithmetic": arithmetic,
        "execution": execution if rounded else None,
        "terms": terms,
        "weights": weights,
    }


def _claim_about(model: BilinearRNN, automaton: Automaton, arithmetic: str, execution: str) -> dict[str, Any]:
    """A certificate of the empty word, whose horizon and proof are to be replaced."""
    document: dict[str, Any] = spoken_of(model, arithmetic, execution) | {
        "kind": KIND,
        "automaton": _stored_task(automaton),
        "horizon": 0,
        "proof": {"prefix": 0},
    }
    return document | {"digest": digest(document)}


def _stored_task(automaton: Automaton) -> dict[str, Any]:
    return {"table": np.asarray(automaton.table).tolist(), "start": automaton.start_index}


@dataclass(frozen=True)
class _Attempt:
    """Coordinates and codes, before they are measured; shapes as in `exact_check`."""

    way: str
    rank: int
    to: Floats  # L, (hidden, hidden)
    back: Floats  # P, (hidden, hidden)
    sizes: tuple[int, ...]
    norms: tuple[str, ...]
    codes: Floats  # (states, hidden)
    scales: Floats  # λ_{x,q}, (letters, states)
    rows: Floats | None = None  # K in the coordinates, (states, hidden)
    memory: int = 0  # m, and Φ_v for all words v of m letters, (letters**m, hidden − d, d)
    tilts: Floats | None = None

    def edges(self, letters: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Context, letter and context after it of every edge; without contexts an edge is a letter."""
        count = letters**self.memory
        v, x = (index.ravel() for index in np.indices((count, letters)))
        return v, x, (v * letters + x) % count

    def turned(self, values: Floats, contexts: NDArray[np.int64], sign: int, absolute: bool = False) -> Floats:
        """U_v z for sign −1 and U_v⁻¹ z for sign 1, of the columns of (…, hidden, columns), one context each."""
        if self.tilts is None:
            return values
        d, tilts = self.sizes[0], np.abs(self.tilts) if absolute else self.tilts
        return np.concatenate([values[:, :d], values[:, d:] + sign * tilts[contexts] @ values[:, :d]], axis=1)

    def turned_back(self, rows: Floats, contexts: NDArray[np.int64] | int, absolute: bool = False) -> Floats:
        """K U_v⁻¹ of rows (…, rows, hidden), one context each."""
        if self.tilts is None:
            return rows
        d, tilts = self.sizes[0], np.abs(self.tilts) if absolute else self.tilts
        return np.concatenate([rows[..., :d] + rows[..., d:] @ tilts[contexts], rows[..., d:]], axis=-1)


def _attempts(
    model: BilinearRNN, A: Floats, h: Floats, C: Floats, table: NDArray[np.int64], start: int
) -> Iterator[_Attempt]:
    exact = _exact_codes(A, h, table, start)
    if exact is not None:
        yield exact
    permuting = all(len(set(table[:, x])) == len(table) for x in range(len(A)))
    many = A.size > MANY_NUMBERS
    for rounds in ((20,) if many else (60, 8)) if permuting else (2, 0):
        found = tracking(A, h, C, table, start, rounds)
        if not np.isfinite(found.codes).all() or not np.isfinite(found.rows).all():
            continue
        width = {"block": model.block, "rotation": 2, "diagonal": 1, "positive": 1}.get(model.transition)
        if width is not None:
            yield _blocks(found, A, C, width, table)
        for d in ranks(found.hankel):
            made = _split(found, A, d, permuting, table)
            if made is not None:
                yield made
            if made is not None and not many:
                yield replace(made, scales=_one_per_letter(made.scales))
            weighed = None if many else _split(found, A, d, permuting, table, weighed=True)
            if weighed is not None:
                yield weighed
        if not permuting:
            yield from _simplex(found, A, table)


def _exact_codes(A: Floats, h: Floats, table: NDArray[np.int64], start: int) -> _Attempt | None:
    """Codes that the letters carry into each other without any error, in the model's own coordinates."""
    found = exact_codes(A, h, table, start)
    if found is None:
        return None
    n = len(h)
    return _Attempt("exact codes", 0, np.eye(n), np.eye(n), (n,), ("l2",), *found)


def _grid(values: Floats) -> Floats:
    step = 2.0 ** (math.frexp(float(np.abs(values).max()) or 1.0)[1] - GRID)
    rounded: Floats = np.round(values / step) * step
    return rounded


def _scales(G: Floats, codes: Floats, aims: Floats, table: NDArray[np.int64]) -> Floats:
    """λ_{x,q}, the multiple of the aim c_δ(q,x) that G[x] c_q is nearest to: (letters, states)."""
    moved = codes @ G.transpose(0, 2, 1)
    reached = aims[table.T]  # (letters, states, …)
    along = (moved * reached).sum(axis=-1) / np.maximum((reached**2).sum(axis=-1), 1e-300)
    typical = np.median(np.abs(along)) or 1.0
    return _grid(np.where(along > 0, along, typical))


def _one_per_letter(scales: Floats) -> Floats:
    """The same scale for all states: larger drift, but nothing else grows by the differences."""
    return _grid(np.repeat(scales.mean(axis=1, keepdims=True), scales.shape[1], axis=1))


def _split(
    found: Tracking, A: Floats, d: int, permuting: bool, table: NDArray[np.int64], weighed: bool = False
) -> _Attempt | None:
    """Signal and remainder for one rank; the remainder orthonormal, or weighed by its effect on the signal."""
    n = A.shape[1]
    try:
        S, rows = signal_basis(found, d)
        G = rows @ A @ S  # (letters, d, d)
        R = invariant_coordinates(G / found.scales[:, None, None], permuting)
        S, rows = np.linalg.solve(R.T, S.T).T, R @ rows
        full, _ = np.linalg.qr(np.concatenate([rows.T, np.eye(n)], axis=1)[:, : n + d])
        rest = full[:, d:n]  # orthonormal, killed by the rows
        if weighed and d < n:
            rest = rest @ _weighed(np.concatenate([S, rest], axis=1), d, found, A, table)
        P = _grid(np.concatenate([S, rest], axis=1))
        L = _grid(np.linalg.inv(P))
    except np.linalg.LinAlgError:
        return None
    if np.linalg.norm(np.eye(n) - L @ P) > 1e-6:
        return None
    codes = found.codes @ L.T
    codes = _grid(codes / np.sqrt((codes[:, :d] ** 2).sum(axis=1).mean()))
    scales = _scales((L @ A @ P)[:, :d], codes, codes[:, :d], table)
    sizes = (d, n - d) if d < n else (d,)
    norms = ("l2",) * len(sizes)
    return _Attempt("signal and remainder", d, L, P, sizes, norms, codes, scales, found.rows @ P)


def _weighed(P: Floats, d: int, found: Tracking, A: Floats, table: NDArray[np.int64]) -> Floats:
    """A basis of the remainder in whose norm what reaches the signal counts most, (hidden − d, hidden − d).

    With B = [[B_11, B_12], [B_21, B_22]] the norm is z ↦ zᵀQz with Q = E[B_12ᵀ B_12] + readout + β E[B_22ᵀ Q B_22]: the
    observability Gramian of the remainder, with the signal as output. A larger β makes the letters contract more and
    tells directions apart less; the one with the least bound b_12 η / (1 − b_22) on the drift of the signal is taken.
    """
    B = np.linalg.inv(P) @ (A / found.scales[:, None, None]) @ P  # (letters, hidden, hidden)
    into, inside = B[:, :d, d:], B[:, d:, d:]
    codes = np.linalg.solve(P, found.codes.T).T
    codes = codes / max(float(np.sqrt((codes[:, :d] ** 2).sum(axis=1).mean())), 1e-300)
    drift = (codes @ B.transpose(0, 2, 1) - codes[table.T])[:, :, d:].reshape(-1, P.shape[1] - d)
    read = found.rows @ P
    seen = read[:, d:].T @ read[:, d:] / max(float(np.linalg.norm(read[:, :d], 2)) ** 2, 1e-300)
    observed = (into.transpose(0, 2, 1) @ into).mean(axis=0) + 0.01 * seen
    observed += 0.01 * np.trace(observed) / len(observed) * np.eye(len(observed))
    best: Floats = np.eye(len(observed))
    least = np.inf
    for beta in (0.0, 1.5, 4.0, 16.0, 1.0 * len(A), 4.0 * len(A), 16.0 * len(A)):
        Q = observed.copy()
        for _ in range(60 if beta else 0):
            Q = observed + beta * (inside.transpose(0, 2, 1) @ Q @ inside).mean(axis=0)
            if not np.trace(Q) < 1e6 * np.trace(observed):
                break
        else:
            W = np.linalg.cholesky(Q).T if beta else np.eye(len(observed))
            turned = np.linalg.inv(W)
            kept = _norms(W @ inside @ turned).max()
            reached = _norms(into @ turned).max() * np.linalg.norm(drift @ W.T, axis=1).max()
            if kept < 1 and reached / (1 - kept) < least:
                best, least = turned, reached / (1 - kept)
    return best


def _in_context(attempt: _Attempt, A: Floats, table: NDArray[np.int64]) -> Iterator[_Attempt]:
    """The same signal and remainder in coordinates that depend on the last letters.

    After the letters v the remainder is about Φ_v z, z the signal: with B = L A P

        Φ_vx (B_11 + B_12 Φ_v) = B_21 + B_22 Φ_v,

    solved in the mean over what came before, from Φ = 0. What is left of drift and coupling into the remainder shrinks
    with every letter of v by the norm of B_22.
    """
    letters, d, n = len(A), attempt.sizes[0], A.shape[1]
    states, memory = len(table), 0
    while memory < MOST_LETTERS_KEPT:
        contexts = letters ** (memory + 1)
        numbers = contexts * max(letters * n * n, 2 * letters * states * n, states**2 * n)
        if contexts * letters > MOST_EDGES or numbers > MOST_NUMBERS:
            break
        memory += 1
    if not memory or len(attempt.sizes) != 2 or set(attempt.norms) != {"l2"}:
        return
    B = attempt.to @ A @ attempt.back
    made = replace(attempt, memory=memory, tilts=np.zeros((letters**memory, n - d, d)))
    v, letter, after = made.edges(letters)
    tilts: Floats = np.zeros((letters**memory, n - d, d))
    for _ in range(memory + 3):
        signal = B[letter, :d, :d] + B[letter, :d, d:] @ tilts[v]  # (edges, d, d)
        rest = B[letter, d:, :d] + B[letter, d:, d:] @ tilts[v]  # (edges, hidden − d, d)
        try:
            solved = np.linalg.solve(signal.transpose(0, 2, 1), rest.transpose(0, 2, 1)).transpose(0, 2, 1)
        except np.linalg.LinAlgError:
            return
        tilts = np.zeros_like(tilts)
        np.add.at(tilts, after, solved / letters)  # every context is reached from as many others
        if not np.abs(tilts).max() < LARGEST_TILT:  # a remainder that grows remembers for ever
            return
    codes = attempt.codes.copy()
    codes[:, d:] = 0
    made = replace(made, tilts=_grid(tilts), codes=codes)
    G = made.turned_back(made.turned(B[letter], after, -1), v)
    scales = _scales(G[:, :d], codes, codes[:, :d], table[:, letter])
    yield replace(made, scales=scales)
    yield replace(made, scales=_one_per_letter(scales))


def _simplex(found: Tracking, A: Floats, table: NDArray[np.int64]) -> Iterator[_Attempt]:
    """Coordinates in which the codes are unit vectors, with the 1-norm: letters that merge states don't expand it."""
    states, n = found.codes.shape
    if states > n:
        return
    try:
        S = found.codes.T  # (hidden, states)
        rows = np.linalg.pinv(found.rows @ S) @ found.rows
        full, _ = np.linalg.qr(np.concatenate([rows.T, np.eye(n)], axis=1)[:, : n + states])
        P = _grid(np.concatenate([S, full[:, states:n]], axis=1))
        L = _grid(np.linalg.inv(P))
    except np.linalg.LinAlgError:
        return
    if np.linalg.norm(np.eye(n) - L @ P) > 1e-6:
        return
    unit = np.eye(states)
    scales = _scales(L[:states] @ A @ P[:, :states], unit, unit, table)
    sizes = (states, n - states) if states < n else (states,)
    norms = ("l1", "l2")[: len(sizes)]
    codes = np.concatenate([np.eye(states), np.zeros((states, n - states))], axis=1)
    yield _Attempt("signal and remainder", states, L, P, sizes, norms, codes, scales)


def _blocks(found: Tracking, A: Floats, C: Floats, width: int, table: NDArray[np.int64]) -> _Attempt:
    """Every block a component, in coordinates that the letters keep on average; two, if part of it carries nothing."""
    n = A.shape[1]
    L: Floats = np.zeros((n, n))
    P: Floats = np.zeros((n, n))
    sizes: list[int] = []
    for first in range(0, n, width):
        part = slice(first, first + width)
        P[part, part], inner = _block_basis(found, A[:, part, part] / found.scales[:, None, None], part)
        sizes += inner
    P = _grid(P)
    L = np.eye(n) if np.array_equal(P, np.eye(n)) else np.linalg.inv(P)
    codes = found.codes @ L.T
    codes /= np.sqrt((codes**2).sum(axis=1).mean())
    cuts = np.concatenate([[0], np.cumsum(sizes)])
    parts = [np.arange(a, b) for a, b in itertools.pairwise(cuts)]
    order = np.argsort([-np.linalg.norm(codes[:, p]) for p in parts], kind="stable")  # the strongest block first
    permutation = np.concatenate([parts[k] for k in order])
    L, P, codes = _grid(L[permutation]), P[:, permutation], _grid(codes[:, permutation])
    seen = (C - C.mean(axis=0)) @ P  # what decides: codes are compared as they are read out
    scales = _scales(seen @ L @ A @ P, codes, codes @ seen.T, table)
    in_order = tuple(sizes[k] for k in order)
    return _Attempt("blocks", 0, L, P, in_order, ("l2",) * len(in_order), codes, scales, found.rows @ P)


def _block_basis(found: Tracking, G: Floats, part: slice) -> tuple[Floats, list[int]]:
    """A basis of one block, signal first, (width, width), and the sizes of its components.

    Args:
        found: codes and rows of the whole network.
        G: the block's matrices in units of the letters' scales, (letters, width, width).
        part: where the block is.
    """
    width = G.shape[1]
    codes, rows = found.codes[:, part], found.rows[:, part]
    values = np.linalg.svd(rows @ codes.T, compute_uv=False)[:width]
    d = int((values > DEAD * values[0]).sum())
    basis: Floats
    if 0 < d < width:
        try:
            S, R = signal_basis(Tracking(codes, rows, found.scales, values), d)
            S = np.linalg.solve(invariant_coordinates(R @ G @ S).T, S.T).T
            full, _ = np.linalg.qr(np.concatenate([R.T, np.eye(width)], axis=1)[:, : width + d])
            basis = np.concatenate([S, full[:, d:width]], axis=1)
            if np.linalg.cond(basis) < 1e6:
                return basis, [d, width - d]
        except np.linalg.LinAlgError:
            pass
    R = invariant_coordinates(G)
    flat = np.abs(R - np.eye(width) * R[0, 0]).max() < 1e-3 * R[0, 0]
    return np.eye(width) if flat else np.linalg.inv(R), [width]


def _norms(blocks: Floats) -> Floats:
    """2-norms of matrices, (letters,); of large ones by a few rounds of the power method."""
    if min(blocks.shape[1:]) <= 64:
        return np.asarray(np.linalg.norm(blocks, ord=2, axis=(1, 2)))
    vector = np.ones((len(blocks), blocks.shape[2], 1))
    for _ in range(30):
        vector = blocks.transpose(0, 2, 1) @ (blocks @ vector)
        vector /= np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-300)
    return np.asarray(np.linalg.norm(blocks @ vector, axis=(1, 2)))


def _decided(vectors: Floats, states: NDArray[np.int64], C: Floats) -> bool:
    """Whether all unit vectors are read out as their states, with some room for rounding."""
    logits = vectors @ C.T  # (words, states)
    own = logits[np.arange(len(states)), states].copy()
    logits[np.arange(len(states)), states] = -np.inf
    return bool((own - logits.max(axis=1) > 1e-9 * np.abs(C).max()).all())


class _Estimate:
    """The horizon of an attempt, in floats: the same bounds as `exact_check` has, without directed rounding."""

    def __init__(
        self,
        attempt: _Attempt,
        A: Floats,
        h: Floats,
        C: Floats,
        table: NDArray[np.int64],
        start: int,
        unit: float,
        spread: Floats | None,
    ) -> None:
        v, letter, after = attempt.edges(len(A))
        self.attempt, self.table, self.start, self.unit = attempt, table, start, unit
        self.turns = table[:, letter]  # δ(q, x) for all edges, (states, edges)
        self.cuts = np.concatenate([[0], np.cumsum(attempt.sizes)])
        self.parts = [slice(a, b) for a, b in zip(self.cuts[:-1], self.cuts[1:], strict=True)]
        c, scales = attempt.codes, attempt.scales
        if not scales.min() > 0:  # rounded to 0 beside much larger ones
            raise np.linalg.LinAlgError("a scale is not positive")
        G = attempt.turned_back(attempt.turned((attempt.to @ A @ attempt.back)[letter], after, -1), v)
        rounding = None
        if unit:
            plain = unit * (np.abs(attempt.to) @ (np.abs(A) if spread is None else spread) @ np.abs(attempt.back))
            rounding = attempt.turned_back(attempt.turned(plain[letter], after, 1, True), v, True)
        drift = c @ G.transpose(0, 2, 1) / scales[..., None] - c[self.turns.T]  # (edges, states, hidden)
        if attempt.way == "exact codes":  # what is left is the rounding of this line
            drift = np.zeros_like(drift)
        self.drift = drift
        K, least = len(attempt.sizes), scales.min(axis=1)
        self.M, self.eta = np.zeros((K, K)), np.zeros(K)
        self.slack = np.zeros((len(G), K, len(c)))
        for k in range(K):
            for m in range(K):
                blocks = G[:, self.parts[k], self.parts[m]]
                sizes = self._norms(blocks, k, m)
                if rounding is not None:
                    sizes = sizes + np.linalg.norm(rounding[:, self.parts[k], self.parts[m]], axis=(1, 2))
                self.M[k, m] = (sizes / least).max()
            if rounding is not None:
                piece = np.abs(c) @ rounding[:, self.parts[k]].transpose(0, 2, 1) / scales[..., None]
                self.slack[:, k] = self._size(piece, k)
            self.eta[k] = (self._size(drift[:, :, self.parts[k]], k) + self.slack[:, k]).max()
        self._beginning(A, h, C, unit)
        self._decisions(C, unit)
        self.ball: Floats | None = None
        self.path: tuple[Floats, Floats] | None = None
        self.by_norm = self._for_ever() or self._horizon(None)
        self.by_path: float | None = None
        self.G = G

    @property
    def horizon(self) -> float:
        """The better one of the two bounds."""
        return max(self.by_norm, -1 if self.by_path is None else self.by_path)

    def add_path(self) -> None:
        """The bound along the worst path, where there are rows to follow and letters permute the states."""
        following = self.attempt.rows is not None and not self.unit  # rounding is taken by norms alone
        if following and self.by_norm != math.inf and np.isfinite(self.epsilon).all():
            self._paths(self.G)

    def _beginning(self, A: Floats, h: Floats, C: Floats, unit: float) -> None:
        """The errors of all words of `prefix` letters, (words, hidden), their states, and the largest by component."""
        vectors, states = h[None] / max(float(np.linalg.norm(h)), 1e-300), np.array([self.start])
        self.prefix, self.most = 0, math.inf
        contexts = np.zeros(1, dtype=np.int64)
        if not _decided(vectors, states, C):
            self.most = -1
        limit = PREFIX_WORDS
        if A.size <= MANY_NUMBERS:  # two letters, unless that is too much work for the check
            limit = max(limit, min(len(A) ** 2, MOST_PREFIX_WORDS))
        while len(vectors) * len(A) <= limit and self.prefix < LONGEST_PREFIX and self.most == math.inf:
            before = vectors, states, contexts
            vectors = (vectors @ A.transpose(0, 2, 1)).transpose(1, 0, 2).reshape(-1, len(h))
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1), 1e-300)[:, None]
            states = self.table[states].ravel()
            contexts = ((contexts * len(A))[:, None] + np.arange(len(A))).ravel()
            if not _decided(vectors, states, C):  # no horizon goes beyond
                self.most = self.prefix
                vectors, states, contexts = before
                break
            self.prefix += 1
        if self.prefix < self.attempt.memory:
            self.most = min(self.most, self.prefix)  # no context is complete
        if self.attempt.tilts is not None:
            contexts %= len(self.attempt.tilts)
        z = self.attempt.turned((vectors @ self.attempt.to.T)[..., None], contexts, -1)[..., 0]
        c, first = self.attempt.codes[states], self.parts[0]
        along = (z[:, first] * c[:, first]).sum(axis=1) / np.maximum((c[:, first] ** 2).sum(axis=1), 1e-300)
        with np.errstate(all="ignore"):
            self.errors = np.where(along[:, None] > 0, z / along[:, None] - c, np.inf)
            if self.attempt.way == "exact codes":  # what is left is the rounding of this line
                self.errors = np.zeros_like(z)
            wide = (np.abs(vectors) @ np.abs(self.attempt.to).T)[..., None]
            noise = (4 * self.prefix + 4) * unit * self.attempt.turned(wide, contexts, 1, True)[..., 0]
            noise = noise / np.abs(along)[:, None]
        self.began = states
        self.epsilon = np.array(
            [(self._size(self.errors[:, p], k) + self._size(noise[:, p], k)).max() for k, p in enumerate(self.parts)]
        )

    def _size(self, values: Floats, k: int) -> Floats:
        """Norms along the last axis, of vectors of component k."""
        return np.asarray(
            np.abs(values).sum(axis=-1) if self.attempt.norms[k] == "l1" else np.linalg.norm(values, axis=-1)
        )

    def _dual(self, values: Floats, k: int) -> Floats:
        return np.asarray(
            np.abs(values).max(axis=-1) if self.attempt.norms[k] == "l1" else np.linalg.norm(values, axis=-1)
        )

    def _norms(self, blocks: Floats, k: int, m: int) -> Floats:
        """Norms of blocks (letters, rows, columns) from component m to k, as `exact_check` bounds them."""
        if self.attempt.norms[m] == "l1":
            return np.asarray(self._size(blocks.transpose(0, 2, 1), k).max(axis=1))
        frobenius = np.linalg.norm(blocks, axis=(1, 2))
        if self.attempt.norms[k] == "l1":
            return np.asarray(frobenius * math.sqrt(self.attempt.sizes[k]))
        slack = 1.25 if max(blocks.shape[1:]) > 64 else 1.0 if k == m else 1.03  # of the bound in the check
        return np.asarray(np.minimum(frobenius, _norms(blocks) * slack))

    def _decisions(self, C: Floats, unit: float) -> None:
        c, tilts = self.attempt.codes, self.attempt.tilts
        self.D = []  # in each context, (states, hidden)
        lead, factor, extra = [], [], []
        for v in range(1 if tilts is None else len(tilts)):
            D = self.attempt.turned_back(C @ self.attempt.back, v)
            self.D.append(D)
            logits = D @ c.T  # (rows, states)
            lead.append(np.diag(logits)[:, None] - logits.T)  # [q, p]: (D_q − D_p) c_q
            difference = D[:, None] - D[None]
            factor.append(np.stack([self._dual(difference[..., p], k) for k, p in enumerate(self.parts)], axis=-1))
            extra.append(np.zeros_like(factor[-1]))
            if unit:
                wide = len(c[0]) * unit * np.abs(C) @ np.abs(self.attempt.back)
                wide = self.attempt.turned_back(wide, v, True)
                both = wide[:, None] + wide[None]
                lead[-1] = lead[-1] - np.einsum("qpi,qi->qp", both, np.abs(c))
                extra[-1] = np.stack([self._dual(both[..., p], k) for k, p in enumerate(self.parts)], axis=-1)
        self.lead, self.extra = np.min(lead, axis=0), np.max(extra, axis=0)
        self.factor = np.max([f + e for f, e in zip(factor, extra, strict=True)], axis=0)
        self.off = ~np.eye(len(c), dtype=bool)

    def _for_ever(self) -> float:
        """Infinity if some ball is kept by every letter and decided rightly, else 0."""
        if self.most < math.inf or not np.isfinite(self.epsilon).all():
            return 0
        ball = self.epsilon.copy()
        for _ in range(2000):
            following = np.maximum(ball, self.M @ ball + self.eta)
            if np.array_equal(following, ball):
                break
            ball = following * (1 + 1e-9)
            if not np.isfinite(ball).all() or ball.max() > 1e6:
                return 0
        else:
            return 0
        safe = (self.lead - self.factor @ ball)[self.off]
        if safe.size and safe.min() <= 0:
            return 0
        self.ball = ball
        return math.inf

    def _paths(self, G: Floats) -> None:
        rows, c, scales, table = self.attempt.rows, self.attempt.codes, self.attempt.scales, self.turns
        assert rows is not None
        if any(len(set(table[:, x])) < len(table) for x in range(len(G))):
            return
        rows = rows - rows.mean(axis=0)
        D = np.mean(self.D, axis=0)
        centred = D - D.mean(axis=0)
        first = self.parts[0] if self.attempt.rank else slice(None)
        rows = _grid(
            rows * float((rows[:, first] * centred[:, first]).sum() / max((rows[:, first] ** 2).sum(), 1e-300))
        )
        duals = np.stack([self._dual(rows[:, p], k) for k, p in enumerate(self.parts)], axis=-1)  # (states, K)
        weight = np.empty((len(G), len(c), len(c)))
        tau = np.zeros(len(self.parts))
        for x in range(len(G)):
            gained = rows @ self.drift[x].T  # [p, q]: K_p η(x, q)
            turned = table[:, x]
            own = gained[turned, np.arange(len(c))]
            weight[x] = gained[turned].T - own[:, None]  # [q, p]
            spare = duals @ self.slack[x]  # [p, q]
            weight[x] += spare[turned].T + spare[turned, np.arange(len(c))][:, None]
            np.fill_diagonal(weight[x], -np.inf)
            pulled = rows[turned] @ G[x] - scales[x, 0] * rows  # (states, hidden)
            sizes = np.array([self._dual(pulled[:, p], k) for k, p in enumerate(self.parts)])  # (K, states)
            sizes = sizes + np.abs(scales[x] - scales[x, 0]).max() * duals.T
            tau = np.maximum(tau, 2 * sizes.max(axis=1) / scales[x].min())
        pi = _grid(potentials(weight, table))
        steps = weight + pi
        for x in range(len(G)):
            steps[x] -= pi[np.ix_(table[:, x], table[:, x])]
        self.mu = max(0.0, float(steps[np.isfinite(steps)].max())) if len(c) > 1 else 0.0
        self.tau = tau
        along = self.errors @ rows.T  # (words, states)
        begun = along - along[np.arange(len(along)), self.began][:, None] - pi[self.began]
        begun[np.arange(len(along)), self.began] = -np.inf
        self.W = float(begun.max()) if len(c) > 1 else 0.0
        gap = self.extra
        for D in self.D:
            difference = (D - rows)[:, None] - (D - rows)[None]
            here = np.stack([self._dual(difference[..., p], k) for k, p in enumerate(self.parts)], axis=-1)
            gap = np.maximum(gap, here + self.extra)
        self.path = (rows, pi)
        self.by_path = self._horizon((pi, gap))

    def _horizon(self, path: tuple[Floats, Floats] | None) -> int:
        """The largest length that the bounds cover: words up to ALONE letters one by one, then all at once."""
        if self.most < math.inf or not np.isfinite(self.epsilon).all():
            return int(min(self.most, self.prefix))
        off = self.off

        def safe(epsilon: Floats, W: float) -> bool:
            by_norm = self.lead - self.factor @ epsilon
            if path is not None:
                by_norm = np.maximum(by_norm, self.lead - W - path[0] - path[1] @ epsilon)
            return bool((by_norm[off] > 1e-9 * np.abs(self.lead[off])).all())

        largest, after = self.epsilon, self.W if path is not None else 0.0
        for t in range(1, ALONE + 1):
            if path is not None:
                after = after + self.mu + float(self.tau @ largest)
            largest = self.M @ largest + self.eta
            if not safe(largest, after):
                return self.prefix + t - 1
        # Beyond, (ε, W, 1) moves by one matrix, whose powers reach any length in a few products.
        K = len(largest)
        step = np.zeros((K + 2, K + 2))
        step[:K, :K], step[:K, -1], step[K, K], step[-1, -1] = self.M, self.eta, 1.0, 1.0
        if path is not None:
            step[K, :K], step[K, -1] = self.tau, self.mu
        jumps = [step]
        with np.errstate(all="ignore"):
            while 2 ** len(jumps) < MOST_STEPS:
                jumps.append(jumps[-1] @ jumps[-1])
        reached, at = np.concatenate([largest, [after, 1.0]]), 0
        for power in range(len(jumps) - 1, -1, -1):
            with np.errstate(all="ignore"):
                further = jumps[power] @ reached
            if not np.isfinite(further).all() or at + 2**power > MOST_STEPS - ALONE - self.prefix:
                continue
            if safe(np.maximum(largest, further[:K]), float(further[K])):
                reached, at = further, at + 2**power
        return self.prefix + ALONE + at

    def proof(self, units: Floats) -> dict[str, Any]:
        """The part of the certificate that was looked for; `units` are those of the letters."""
        attempt = self.attempt
        _, letter, _ = attempt.edges(len(units))
        found: dict[str, Any] = {
            "to": _stored(attempt.to),
            "from": _stored(attempt.back),
            "sizes": list(attempt.sizes),
            "norms": list(attempt.norms),
            "squarings": [SQUARINGS if size <= 64 else FEW for size in attempt.sizes],
            "codes": _stored(attempt.codes),
            "scales": _stored(attempt.scales * units[letter][:, None]),
            "prefix": self.prefix,
            "alone": ALONE,
        }
        if attempt.tilts is not None:
            found |= {"memory": attempt.memory, "tilts": _stored(attempt.tilts)}
        if self.ball is not None:
            found["ball"] = _stored(self.ball)
        elif self.path is not None and self.by_path is not None and self.by_path > self.by_norm:
            found["path"] = {"rows": _stored(self.path[0]), "potential": _stored(self.path[1])}
        return found


def _all_words(
    document: dict[str, Any], A: Floats, h: Floats, C: Floats, table: NDArray[np.int64], start: int, above: float
) -> tuple[int, str]:
    """Fill the document in with short words that are multiplied out, if that proves more than `above`; what it proves,
    or −1, and why no more, where the range of floats is the reason.
    """
    vectors, states = h[None] / max(float(np.linalg.norm(h)), 1e-300), np.array([start])
    length = 0 if _decided(vectors, states, C) else -1
    while length >= 0 and length < LONGEST_PREFIX and len(vectors) * len(A) <= MOST_WORDS:
        if len(vectors) * A.size > MOST_PRODUCTS:
            break
        vectors = (vectors @ A.transpose(0, 2, 1)).transpose(1, 0, 2).reshape(-1, len(h))
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1), 1e-300)[:, None]
        states = table[states].ravel()
        if not _decided(vectors, states, C):
            break
        length += 1
    reason = ""
    for claim in range(length, math.floor(min(above, MOST_STEPS)), -1):  # fewer where rounding matters
        found = {**document, "horizon": claim, "proof": {"prefix": claim}}
        try:
            check(found)
        except CheckError as error:
            reason = reason or _of_range(error)
            continue
        document.update(found)
        return claim, reason
    return -1, reason


def _angles(
    document: dict[str, Any], A: Floats, h: Floats, C: Floats, table: NDArray[np.int64], start: int, unit: float
) -> int:
    """Fill the document in with a proof by angles; what it proves, or −1."""
    claim, angles, turns, order = angle_horizon(A, h, C, table, start, unit)
    proof = {"prefix": 0, "order": order, "turns": turns.tolist(), "angles": _stored(angles)}
    while claim >= 0:
        found = {**document, "horizon": claim, "proof": proof}
        try:
            check(found)
        except CheckError:
            claim = min(math.floor(claim * 0.995), claim - 1)
            continue
        document.update(found)
        return claim
    return -1


def _checked(document: dict[str, Any], found: _Estimate, units: Floats) -> tuple[float, str]:
    """Fill the document in and check it, with a shorter claim where rounding matters.

    Args:
        document: a certificate about the weights as they are.
        found: what was found for transitions divided by the units.
        units: (letters,).

    Returns:
        The horizon proved, and why it is no longer, where the range of floats is the reason.
    """
    document["proof"] = found.proof(units)
    claim: float = found.horizon
    reason, tries = "", 0
    while claim >= 0 and tries < 12:
        document["horizon"] = "infinity" if claim == math.inf else int(claim)
        try:
            return check(document), reason
        except CheckError as error:
            reason, tries = reason or _of_range(error), tries + 1
        if claim == math.inf:
            found.ball, claim = None, found._horizon(None)
            document["proof"] = found.proof(units)
        else:
            claim = min(math.floor(claim * 0.995) - 1, claim - 1)
            if tries > 6:
                claim = min(claim, max(found.prefix, 0))  # short words alone
    document["horizon"] = -1
    return -1, reason


def _of_range(error: CheckError) -> str:
    return str(error) if isinstance(error, RangeError) else ""
