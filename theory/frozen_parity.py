"""Parity by frozen random diagonal transitions and a trained readout (arXiv:2505.21749, section 4).

Setting: H hidden units, h_0 = (1, …, 1), frozen transitions A[0] = diag(s_0), A[1] = diag(s_1) with independent uniform
signs, and a linear readout fitted to a few training words (least squares of least norm for the targets +1, even, and −1,
odd; the sign of the output is the answer). After a word of length T with k ones, unit i holds s_0i^{T−k} s_1i^k. With
χ = (−1)^k this is one of four features:

    signs (s_0, s_1)     (+,+)   (+,−)   (−,+)      (−,−)
    feature                1       χ     (−1)^T χ   (−1)^T

Signs of unit size are assumed. With other sizes |a| the features grow and shrink with k, and two words do not fix a
readout.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
from numpy.typing import NDArray

from .errors import WeightsError

Word = tuple[int, ...]
TWO_WORDS: tuple[Word, ...] = ((0, 0), (0, 1))
FOUR_WORDS: tuple[Word, ...] = ((0, 0), (0, 1), (0,), (1,))
ENUMERATION_LIMIT = 8  # hidden units: 4^H sign patterns


def fixed_length_probability(hidden: int) -> Fraction:
    """The paper's 1 − 2^−H: two training words of one length T and different parity, tests of that length.

    Proof: for a fixed T the features (+,+) and (−,−) are constant, and (+,−) and (−,+) are ±χ. If a unit of the latter
    kinds exists, the hidden states of even and odd words of length T are two different points, which are the two training
    points, so a readout that fits these is right on every word of length T. If none exists, all words of length T have
    one hidden state and nothing can be read out. A unit has equal signs with probability 1/2.
    """
    _check_hidden(hidden)
    return 1 - Fraction(1, 2**hidden)


def varying_length_probability(hidden: int) -> Fraction:
    """1 − (3/4)^H: the probability that *some* readout is right on words of all lengths.

    Proof: if a (+,−) unit exists, its value is χ. If not, a readout computes f = a + b(−1)^T + c(−1)^T χ; f χ > 0 for
    even T and both values of χ gives c > |a + b|, and for odd T it gives c < −|a − b|: impossible.

    Four training words, one for each parity of T and of k, reach this probability: every word then has the hidden state
    of a training word, and least squares fits χ exactly when a (+,−) unit exists. Two words do not; see
    `two_words_probability`.
    """
    _check_hidden(hidden)
    return 1 - Fraction(3, 4) ** hidden


def two_words_probability(hidden: int) -> Fraction:
    """The probability that the readout of least norm from *two* words of one length is right at all lengths.

    Proof: the training points differ, by sign, in the units with features χ and (−1)^T χ, and the readout of least norm
    weighs these equally. For words of the other length parity it computes a positive multiple of (n − m) χ, n and m being
    the numbers of (+,−) and (−,+) units, so it is right exactly when n > m. By symmetry that has probability
    (1 − P(n = m)) / 2, which tends to 1/2 and not to 1.
    """
    _check_hidden(hidden)
    equal = sum(comb(hidden, n) * comb(hidden - n, n) * 2 ** (hidden - 2 * n) for n in range(hidden // 2 + 1))
    return (1 - Fraction(equal, 4**hidden)) / 2


def enumerated_probability(hidden: int, training: Sequence[Word], test: Sequence[Word]) -> Fraction:
    """The exact share of all 4^H sign patterns for which the fitted readout is right on every test word.

    Raises:
        WeightsError: above 8 hidden units.
    """
    _check_hidden(hidden)
    if hidden > ENUMERATION_LIMIT:
        raise WeightsError(f"hidden={hidden} means 4^{hidden} sign patterns; up to {ENUMERATION_LIMIT} are enumerated")
    signs = np.array(list(product((1, -1), repeat=2 * hidden)), dtype=np.int64).reshape(-1, 2, hidden)
    return Fraction(int(_successes(signs, training, test).sum()), len(signs))


def simulated_probability(
    hidden: int, training: Sequence[Word], test: Sequence[Word], trials: int = 10_000, seed: int = 0
) -> float:
    """The share of random sign patterns for which the fitted readout is right on every test word."""
    _check_hidden(hidden)
    signs = np.random.default_rng(seed).choice([1, -1], size=(trials, 2, hidden))
    return float(_successes(signs, training, test).mean())


def all_words(lengths: Sequence[int]) -> list[Word]:
    """All words over {0, 1} of the given lengths."""
    return [word for length in lengths for word in product((0, 1), repeat=length)]


def _successes(signs: NDArray[np.int64], training: Sequence[Word], test: Sequence[Word]) -> NDArray[np.bool_]:
    """Whether fit and test succeed, for each pattern: (patterns, 2, hidden) → (patterns,)."""
    points, targets = _features(signs, training), _parities(training)  # (patterns, words, hidden), (words,)
    readout = np.linalg.pinv(points.astype(float), rcond=1e-9) @ targets  # (patterns, hidden)
    outputs = np.einsum("pwh,ph->pw", _features(signs, test), readout)  # (patterns, test words)
    # Entries are ±1 and few, so outputs are rationals of small height: 1e-6 separates zero from the rest.
    return (outputs * _parities(test) > 1e-6).all(axis=1)


def _features(signs: NDArray[np.int64], words: Sequence[Word]) -> NDArray[np.int64]:
    """Hidden states after the words: (patterns, words, hidden)."""
    ones = np.array([sum(word) for word in words])[None, :, None]
    zeros = np.array([len(word) - sum(word) for word in words])[None, :, None]
    return signs[:, None, 0] ** zeros * signs[:, None, 1] ** ones


def _parities(words: Sequence[Word]) -> NDArray[np.int64]:
    return np.array([1 - 2 * (sum(word) % 2) for word in words])


def _check_hidden(hidden: object) -> None:
    if isinstance(hidden, bool) or not isinstance(hidden, int) or hidden < 1:
        raise WeightsError(f"hidden={hidden!r} has to be a positive integer")
