"""One case of the attack: draw a model, certify it, look for a contradiction, say what came of it."""

from __future__ import annotations

import inspect
import json
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from bistate.groups.errors import BistateError
from bistate.verify import Certificate, CheckError, certify, check

from helpers import attack_imported, attack_linear
from helpers.attack_exact import Counts, Wrong, weights_of
from helpers.attack_imported import Imported
from helpers.attack_models import Case, draw
from helpers.attack_words import Budget, exact_contradiction, float_contradiction, networks

BUDGET = 20.0  # seconds of the most effort, which may take minutes where it is let
SLOW = 60.0  # processor seconds of one certificate from which it is named
EXECUTIONS = "execution" in inspect.signature(certify).parameters  # whether a scan can be asked for


@dataclass
class Outcome:
    """What came of a case.

    Attributes:
        case: the case in words, with the command that makes it again.
        keys: what to count, by table.
        findings: contradictions, and errors without a name.
        counts: words and ways of running that were tried.
        seconds: of `certify`, and of the search.
    """

    case: str
    keys: list[tuple[str, str]]
    findings: list[str]
    counts: Counts = field(default_factory=Counts)
    seconds: tuple[float, float] = (0.0, 0.0)


def way_of(document: dict[str, Any], way: str) -> str:
    """The kind of proof, contexts and paths told apart."""
    proof = document.get("proof", {})
    name = "contexts" if proof.get("memory") else way
    return next((f"{name}, {kind}" for kind in ("path", "pairs") if kind in proof), name)


def attack(
    seed: int,
    index: int,
    budget: Budget | None = None,
    scan_too: bool = False,
    certifier: Callable[..., Any] = certify,
) -> Outcome:
    """Certify the case of these numbers, and look for a word at or below the horizon that is wrong.

    Args:
        seed: of the run.
        index: of the case.
        budget: lengths of words.
        scan_too: hold certificates that name no execution to the parallel scan as well.
        certifier: what is attacked.
    """
    case = draw(seed, index)
    random = np.random.default_rng([seed, index, 1])
    options: dict[str, Any] = {"shortest": int(random.random() < 0.5)}  # with the empty word, or without
    options["effort"] = str(random.choice(["quick", "usual", "usual", "thorough"]))
    if options["effort"] == "thorough":
        options["budget"] = BUDGET
    if EXECUTIONS and case.arithmetic != "exact" and random.random() < 0.04:
        options["execution"] = "scan"
    return _attacked(case, options, random, budget, scan_too, certifier)


def attack_on_imported(
    seed: int, index: int, budget: Budget | None = None, certifier: Callable[..., Any] = certify
) -> Outcome:
    """The same for the network of somebody else with these numbers."""
    case = attack_imported.draw(seed, index)
    return _attacked(case, dict(case.options), np.random.default_rng([seed, index, 1]), budget, False, certifier)


def _attacked(
    case: Case | Imported,
    options: dict[str, Any],
    random: np.random.Generator,
    budget: Budget | None,
    scan_too: bool,
    certifier: Callable[..., Any],
) -> Outcome:
    shortest = options["shortest"]
    outcome = Outcome(str(case), _keys(case), [])
    begun = time.process_time()
    try:
        found = certifier(case.model, case.automaton, case.arithmetic, **options)
    except (BistateError, CheckError) as error:
        outcome.keys.append(("refused", " ".join(str(error).split()[:7])))
        return outcome
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        outcome.keys.append(("outcome", "an error without a name"))
        outcome.findings.append(f"{case}: {type(error).__name__}: {error} ({where.name}, line {where.lineno})")
        return outcome
    spent = time.process_time() - begun
    if spent > SLOW:
        outcome.findings.append(f"{case}: certify took {spent:.0f} s of the processor")
    horizon, document = found.horizon, found.document
    outcome.keys.append(("outcome", "horizon" if horizon >= shortest else "no horizon"))
    if isinstance(case, Imported) and certifier is certify:
        outcome.findings += _not_kept(case, found)
    if horizon >= shortest:
        outcome.keys += [("way", way_of(document, found.way)), ("length", _length(horizon))]
        wrong = contradiction(case, horizon, document, budget or Budget(), random, outcome.counts, scan_too)
        if wrong is not None:
            outcome.findings.append(f"{case}: horizon {horizon} ({found.way}), {wrong}")
            outcome.keys += [("contradicted recipe", name) for name in case.recipes]
            outcome.keys.append(("contradicted", f"{case.family}, {case.arithmetic}, {wrong.how}"))
    outcome.seconds = spent, time.process_time() - begun - spent
    return outcome


def _not_kept(case: Imported, found: Certificate) -> list[str]:
    """What is wrong with a certificate beside words: the checker, the model and the task it is about."""
    kept = json.loads(json.dumps(found.document))
    try:
        again = check(kept) if found.horizon >= found.shortest else found.horizon
    except CheckError as error:
        return [f"{case}: the certificate does not hold: {error}"]
    mine = replace(found, document=kept).belongs_to(case.model, case.automaton)
    return ([] if again == found.horizon else [f"{case}: checked {again}, claimed {found.horizon}"]) + (
        [] if mine else [f"{case}: the certificate is not about its own model"]
    )


def contradiction(
    case: Case | Imported,
    horizon: float,
    document: dict[str, Any],
    budget: Budget,
    random: np.random.Generator,
    counts: Counts,
    scan_too: bool = False,
) -> Wrong | None:
    """A wrong word of at most `horizon` letters that the document speaks of, in the arithmetic of the case."""
    shortest = document.get("shortest", 0)
    if isinstance(case, Imported):
        return attack_linear.contradiction(case, horizon, shortest, budget, random, counts)
    if case.arithmetic == "exact":
        return exact_contradiction(weights_of(case.model, case.automaton), horizon, budget, random, counts, shortest)
    scan = document.get("execution", "scan" if scan_too else "loop") == "scan"
    return float_contradiction(
        case.model, case.automaton, horizon, budget, random, counts, scan, shortest, networks(case.arithmetic)
    )


def _keys(case: Case | Imported) -> list[tuple[str, str]]:
    kinds = [("family", case.family), ("arithmetic", case.arithmetic)]
    return kinds + [("recipe", name) for name in case.recipes]


def _length(horizon: float) -> str:
    for most in (0, 10, 100, 1000, 10_000, 250_000):
        if horizon <= most:
            return f"at most {most}"
    return "infinite"


def total(outcomes: list[Outcome]) -> dict[str, Counter[str]]:
    """The tables of counts."""
    tables: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        for table, key in outcome.keys:
            tables.setdefault(table, Counter())[key] += 1
        for path, count in outcome.counts.paths.items():
            for part in path.split(", "):
                tables.setdefault("ways of running", Counter())[part] += count
    return tables
