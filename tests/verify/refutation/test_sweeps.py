"""Words that are worst for a pair of states."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from bistate.models import LinearRNN
from bistate.theory import Automaton
from bistate.verify import refute
from bistate.verify.networks.float_network import float_weights
from bistate.verify.networks.reading import reading_of
from bistate.verify.networks.weights_or_answers import weights_if_any
from bistate.verify.refutation.by_weights import _Search
from bistate.verify.refutation.sweeps import Pairs, _backwards, _forwards, worst_word
from helpers.noisy import noisy
from scipy.linalg import block_diag


def of_model(automaton: Automaton, model) -> Pairs:
    A, h, C = (np.asarray(values) for values in float_weights(model))
    return Pairs.of(A, C, h / np.linalg.norm(h), np.array(automaton.table), automaton.start_index)


def pairs_of(task: str, size: float, seed: int = 0) -> Pairs:
    automaton, model = noisy(task, size, seed)
    return of_model(automaton, model)


def reached(pairs: Pairs, word: tuple[int, ...]) -> tuple[int, np.ndarray]:
    """By the definition."""
    q, h = pairs.start, pairs.h
    for x in word:
        q, h = int(pairs.table[q, x]), pairs.A[x] @ h
    return q, h


def wrong(pairs: Pairs, word: tuple[int, ...]) -> bool:
    q, h = reached(pairs, word)
    scores = pairs.C @ h
    return bool((np.delete(scores, q) >= scores[q]).any())


@pytest.mark.parametrize(("task", "size", "seed"), [("S3", 0.05, 3), ("S3", 0.05, 4), ("D4", 0.07, 0), ("C3", 0.1, 3)])
def test_no_word_of_fewer_letters_is_wrong(task, size, seed):
    pairs = pairs_of(task, size, seed)
    found = worst_word(pairs, 1, 100, False)
    assert found is not None
    assert wrong(pairs, found)
    assert 2 < len(found) < 8
    for length in range(1, len(found)):
        assert not any(wrong(pairs, w) for w in product(range(len(pairs.A)), repeat=length))
    longer = worst_word(pairs, len(found) + 2, 100, False)
    assert longer is not None
    assert wrong(pairs, longer)
    assert len(longer) >= len(found) + 2
    assert worst_word(pairs, 1, len(found) - 1, True) is None


def test_rows_are_those_of_words_that_are_still_to_come():
    pairs, left = pairs_of("S3", 0.05), 2
    swept = _forwards(pairs, [pairs.readout], 1, 4)
    ahead, behind = _backwards(pairs, swept.kept, 4)[left]
    N, D = pairs.readout
    for q, p in ((0, 1), (4, 2)):
        made = np.concatenate([ahead[q, p], behind[q, p]])
        near, found = [], []
        for word in product(range(len(pairs.A)), repeat=left):
            r, s, n = q, p, np.eye(len(pairs.h))
            for x in word:
                r, s, n = int(pairs.table[r, x]), int(pairs.table[s, x]), pairs.A[x] @ n
            rows = np.concatenate([N[r, s] @ n, D[r, s] @ n])
            found.append(np.allclose(made / np.linalg.norm(made), rows / np.linalg.norm(rows), atol=1e-5))
            near.append(max(N[r, s] @ n @ h / (D[r, s] @ n @ h) for h in swept.kept[4 - left][q]))
        assert sum(found) == 1
        assert near[found.index(True)] >= np.quantile(near, 0.9)


def test_where_errors_of_many_parts_add_up_sweeps_find_shorter_words():
    """Four copies side by side, with noise of their own: the nearest rival is seldom the one that wins later."""
    copies = [noisy("C2xC2", 0.02, seed) for seed in range(200, 204)]
    automaton, parts = copies[0][0], [float_weights(model) for _, model in copies]
    A = [block_diag(*matrices) for matrices in zip(*(part[0] for part in parts), strict=True)]
    h, C = np.concatenate([part[1] for part in parts]), np.concatenate([part[2] for part in parts], axis=1)
    model = LinearRNN.from_arrays(A, h, C)
    weights = weights_if_any(model)
    search = _Search(weights, automaton, reading_of(len(A), len(C), automaton, 1, (), None))
    others = [search.beam(200, 4), search.powers(200, 0), search.pumped(200, 0)]
    found = refute(model, automaton)
    assert found.length < 0.95 * min(len(word) for word in others)
    assert wrong(of_model(automaton, model), tuple(automaton.letter_index(x) for x in found.word))


def test_sweeps_of_one_length_come_nearer():
    pairs, length, ratios = pairs_of("Q8", 0.03, 4), 22, []
    rows = [pairs.readout]
    for _ in range(5):
        swept = _forwards(pairs, rows, 1, length)
        assert swept.wrong is None
        ratios.append(swept.ratio)
        rows = _backwards(pairs, swept.kept, length)
    assert ratios == pytest.approx(sorted(ratios), abs=1e-6)  # what is kept has the digits of float32
    assert ratios[0] + 1e-3 < ratios[-1] < 0
