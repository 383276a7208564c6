"""Parity by frozen random diagonal transitions and a trained readout (arXiv:2505.21749, section 4).

Setting: H hidden units, h_0 = (1, …, 1), frozen transitions A[0] = diag(a_0), A[1] = diag(a_1) whose signs are
independent and uniform, and a linear readout w fitted to a few training words: least squares of least norm for
the targets +1, even, and −1, odd; the sign of the output is the answer. After a word of length T with k ones,
unit i holds a_0i^{T−k} a_1i^k. With χ = (−1)^k and entries of unit size, |a| = 1, this is one of four features:

    signs (a_0, a_1)     (+,+)   (+,−)   (−,+)      (−,−)
    feature                1       χ     (−1)^T χ   (−1)^T

What holds, and for which sizes |a|:

    there is a readout right on all words of one length T    1 − 2^−H      unit size; any sizes if T ≥ H
    two words of length T find it                            1 − 2^−H      unit size only
    there is a readout right on words of all lengths         1 − (3/4)^H   any sizes but zero
    four words find it                                       1 − (3/4)^H   unit size only
    two words find it                                        below 1/2     unit size only

So "two examples" and "any length" do not go together: see `two_words_probability`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import comb, factorial, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..errors import WeightsError

Word = tuple[int, ...]
Obstruction = dict[tuple[int, int], Fraction]  # a weight by numbers of zeros and ones
TWO_WORDS: tuple[Word, ...] = ((0, 0), (0, 1))
FOUR_WORDS: tuple[Word, ...] = ((0, 0), (0, 1), (0,), (1,))
ENUMERATION_LIMIT = 8  # hidden units: 4^H sign patterns
SIGNS = ((1, 1), (1, -1), (-1, 1), (-1, -1))  # of (a_0, a_1), as in the table above


def fixed_length_probability(hidden: int) -> Fraction:
    """The paper's 1 − 2^−H: two training words of one length T and different parity, tests of that length.

    Proof, unit sizes: for a fixed T the features (+,+) and (−,−) are constant, and (+,−) and (−,+) are ±χ. If a
    unit of the latter kinds exists, the hidden states of even and odd words of length T are two different
    points, which are the two training points, so a readout that fits these is right on every word of length T.
    If none exists, all words of length T have one hidden state and nothing can be read out. A unit has equal
    signs with probability 1/2.

    Other sizes: a unit of unequal signs alone has the sign ±χ, so a right readout exists with at least this
    probability. If all units have equal signs, none exists for T ≥ H, by `readout_obstruction`, and the
    probability is exactly 1 − 2^−H; for T < H and distinct ratios a_1 / a_0 one always exists (Vandermonde).
    Either way two words do not fix it, as words with other numbers of ones have other states.

    Example:
        >>> fixed_length_probability(3)
        Fraction(7, 8)
    """
    _check_hidden(hidden)
    return 1 - Fraction(1, 2**hidden)


def varying_length_probability(hidden: int) -> Fraction:
    """1 − (3/4)^H: the probability that *some* readout is right on words of all lengths, for any sizes |a| but zero.

    Proof: a (+,−) unit alone has the sign χ. Without one, no readout is right even on the words of at most H
    letters, by `readout_obstruction`. With unit sizes these four words are enough: the empty word, 0, 1 and 01.

    Four training words, one for each parity of T and of k, reach this probability for unit sizes: every word
    then has the hidden state of a training word, and least squares fits χ exactly when a (+,−) unit exists. Two
    words do not; see `two_words_probability`.

    Example:
        >>> varying_length_probability(2)
        Fraction(7, 16)
    """
    _check_hidden(hidden)
    return 1 - Fraction(3, 4) ** hidden


def two_words_probability(hidden: int) -> Fraction:
    """The probability that the readout of least norm from *two* words is right at all lengths, for unit sizes.

    The words have different parity and any lengths.

    Proof: the training points differ, by sign, in n units with the feature χ and in m others: those with
    (−1)^T χ if the two lengths have one parity, those with (−1)^T if not. The readout of least norm is a positive
    multiple of half their difference, which weighs these n + m units by ±1 and the rest by 0. On some words the
    m units answer with the wrong sign, and the output is a positive multiple of (n − m) χ, so it is right at
    all lengths exactly when n > m. By symmetry that has probability (1 − P(n = m)) / 2, which tends to 1/2 and
    not to 1.

    Example:
        >>> [two_words_probability(hidden) for hidden in (1, 2)]
        [Fraction(1, 4), Fraction(5, 16)]
    """
    _check_hidden(hidden)
    equal = sum(comb(hidden, n) * comb(hidden - n, n) * 2 ** (hidden - 2 * n) for n in range(hidden // 2 + 1))
    return (1 - Fraction(equal, 4**hidden)) / 2


def readout_obstruction(units: Sequence[tuple[Fraction, Fraction]], length: int | None = None) -> Obstruction | None:
    """Why no readout can solve parity with these units: words whose right answers contradict each other.

    Weights c(z, k) ≥ 0, not all 0, on words with z zeros and k ones, such that Σ c(z, k) (−1)^k h(z, k) = 0 in
    every unit. A right readout would make every term of Σ c (−1)^k <w, h> at least 0 and some term positive.

    Proof: a polynomial Q(x, y) whose coefficients have the signs (−1)^k at x^z y^k, and which is 0 at (a_0, a_1)
    for every unit, has such weights as the sizes of its coefficients. That sign rule is kept by products, and
    these factors have it: a_1 − y for a (+,+) unit, x + |a_0| for (−,±), and for words of one length
    |a_1| x − |a_0| y for equal signs.

    Args:
        units: (a_0, a_1) of each unit, not 0.
        length: T, for words of this length only, at least the number of units; None for words of all lengths.

    Returns:
        The weights by (z, k), or None if a readout exists: the (+,−) unit alone, or for one length a unit of
        unequal signs.

    Raises:
        WeightsError: for no units, a scalar 0, or a length below the number of units.

    Example:
        >>> readout_obstruction([(Fraction(2), Fraction(3))])
        {(0, 0): Fraction(3, 1), (0, 1): Fraction(1, 1)}
    """
    scalars = [(Fraction(zero), Fraction(one)) for zero, one in units]
    if not scalars or any(not (zero and one) for zero, one in scalars):
        raise WeightsError(f"units={units!r} have to be pairs (a_0, a_1) of numbers other than 0, at least one pair")
    if length is not None and length < len(scalars):
        raise WeightsError(f"length={length!r} has to be at least the number of units, {len(scalars)}")
    if any((zero > 0 > one) if length is None else (zero > 0) != (one > 0) for zero, one in scalars):
        return None
    weights: Obstruction = {(0 if length is None else length - len(scalars), 0): Fraction(1)}
    for zero, one in scalars:
        weights = _times(weights, _factor(zero, one) if length is None else {(1, 0): abs(one), (0, 1): abs(zero)})
    return weights


def _factor(zero: Fraction, one: Fraction) -> Obstruction:
    """Sizes of the coefficients of a_1 − y or x + |a_0|, by powers of (x, y)."""
    return {(0, 0): one, (0, 1): Fraction(1)} if zero > 0 else {(0, 0): -zero, (1, 0): Fraction(1)}


def _times(left: Obstruction, right: Obstruction) -> Obstruction:
    result: Obstruction = {}
    for (x, y), c in left.items():
        for (u, v), d in right.items():
            result[x + u, y + v] = result.get((x + u, y + v), Fraction(0)) + c * d
    return result


def enumerated_probability(hidden: int, training: Sequence[Word], test: Sequence[Word]) -> Fraction:
    """The exact share of all 4^H sign patterns for which the fitted readout is right on every test word.

    Nothing is rounded: patterns are counted by how many units have each pair of signs, and each readout is
    fitted over the rational numbers. Unit sizes.

    Raises:
        WeightsError: above 8 hidden units, or for training or test words that are not over {0, 1}.

    Example:
        >>> enumerated_probability(2, TWO_WORDS, all_words([2]))
        Fraction(3, 4)
    """
    _check_hidden(hidden)
    if hidden > ENUMERATION_LIMIT:
        raise WeightsError(f"hidden={hidden} means 4^{hidden} sign patterns; up to {ENUMERATION_LIMIT} are enumerated")
    _check_words(training, test)
    test = _distinct(test)
    patterns = (
        factorial(hidden) // prod(factorial(n) for n in units)
        for units in _unit_counts(hidden)
        if _fit_is_right(units, training, test)
    )
    return Fraction(sum(patterns), 4**hidden)


def simulated_probability(
    hidden: int,
    training: Sequence[Word],
    test: Sequence[Word],
    trials: int = 10_000,
    seed: int = 0,
    spread: float = 0.0,
) -> float:
    """The share of random transitions for which the readout fitted in floats is right on every test word.

    Args:
        hidden: H.
        training: words that the readout is fitted to.
        test: words that it has to get right, all of them.
        trials: number of draws.
        seed: seed of numpy's generator.
        spread: sizes are |a| = exp(spread · N(0, 1)); 0 for unit sizes.

    Raises:
        WeightsError: for words that are not over {0, 1}, no trials, or a negative spread.
    """
    _check_hidden(hidden)
    _check_words(training, test)
    test = _distinct(test)
    if trials < 1 or not 0 <= spread < np.inf:
        raise WeightsError(f"trials={trials!r} has to be positive and spread={spread!r} finite and not negative")
    draw = np.random.default_rng(seed)
    scalars = draw.choice([1.0, -1.0], size=(trials, 2, hidden))  # (trials, letters, hidden)
    if spread:
        scalars *= np.exp(spread * draw.standard_normal(scalars.shape))
    return float(_successes(scalars, training, test).mean())


def all_words(lengths: Sequence[int]) -> list[Word]:
    """All words over {0, 1} of the given lengths."""
    return [word for length in lengths for word in product((0, 1), repeat=length)]


def _successes(scalars: NDArray[Any], training: Sequence[Word], test: Sequence[Word]) -> NDArray[np.bool_]:
    """Whether fit and test succeed, for each draw: (trials, letters, hidden) → (trials,)."""
    points, targets = _states(scalars, training), _parities(training)  # (trials, words, hidden), (words,)
    readout = np.linalg.pinv(points, rcond=1e-9) @ targets  # (trials, hidden)
    tested = _states(scalars, test)  # (trials, test words, hidden)
    outputs = np.einsum("pwh,ph->pw", tested, readout) * _parities(test)
    lengths = np.linalg.norm(tested, axis=2) * np.linalg.norm(readout, axis=1)[:, None]
    # An output that is 0 exactly is a wrong answer, and comes out here as about 1e-16 of the lengths.
    return np.asarray((outputs > 1e-9 * lengths).all(axis=1))


def _states(scalars: NDArray[Any], words: Sequence[Word]) -> NDArray[np.float64]:
    """Hidden states a_0^{T−k} a_1^k after the words: (trials, words, hidden)."""
    ones = np.array([sum(word) for word in words])[None, :, None]
    zeros = np.array([len(word) - sum(word) for word in words])[None, :, None]
    return np.asarray(scalars[:, None, 0] ** zeros * scalars[:, None, 1] ** ones)


def _distinct(words: Sequence[Word]) -> list[Word]:
    """One word for each pair of numbers of zeros and ones, which is all that a state depends on."""
    return list({(len(word), sum(word)): word for word in words}.values())


def _parities(words: Sequence[Word]) -> NDArray[np.int64]:
    return np.array([1 - 2 * (sum(word) % 2) for word in words])


def _unit_counts(hidden: int) -> Iterator[tuple[int, ...]]:
    """All (n_1, …, n_4) of sum H: how many units have each of `SIGNS`."""
    for some in product(range(hidden + 1), repeat=len(SIGNS) - 1):
        if sum(some) <= hidden:
            yield (*some, hidden - sum(some))


def _fit_is_right(units: tuple[int, ...], training: Sequence[Word], test: Sequence[Word]) -> bool:
    """Whether the least-squares readout of least norm, w = Xᵀα with G G α = G y and G = X Xᵀ, is right on the test."""
    gram = _inner_products(units, training, training)  # (words, words)
    targets = ExactMatrix.column(_parities(training).tolist())  # (words, 1)
    # The equations have a solution; the echelon form gives the one that is 0 off the pivots, and all have the same w.
    echelon, pivots = ExactMatrix.hstack([gram @ gram, gram @ targets]).rref()
    alpha = {pivot: echelon[row, len(training)] for row, pivot in enumerate(pivots)}
    solved = ExactMatrix.column([alpha.get(word, 0) for word in range(len(training))])
    outputs = _inner_products(units, test, training) @ solved  # (test words, 1)
    return all(row[0].sign() == parity for row, parity in zip(outputs.tolist(), _parities(test), strict=True))


def _inner_products(units: tuple[int, ...], left: Sequence[Word], right: Sequence[Word]) -> ExactMatrix:
    """<h_u, h_w> for all words u on the left and w on the right."""
    kinds = np.array(SIGNS, dtype=float).T[None]  # (1, letters, kinds)
    rows, columns = _states(kinds, left)[0].astype(int), _states(kinds, right)[0].astype(int)  # (words, kinds)
    return ExactMatrix(((rows * np.array(units)) @ columns.T).tolist())


def _check_words(*groups: Sequence[Word]) -> None:
    for words in groups:
        if not words:
            raise WeightsError("at least one training word and one test word are needed, and one of the lists is empty")
        for word in words:
            if any(letter not in (0, 1) for letter in word):
                raise WeightsError(f"the word {word!r} is not over the letters 0 and 1")


def _check_hidden(hidden: object) -> None:
    if isinstance(hidden, bool) or not isinstance(hidden, int) or hidden < 1:
        raise WeightsError(f"hidden={hidden!r} has to be a positive integer")
