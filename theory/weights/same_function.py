"""When two bilinear networks are the same function, and the smallest network for a function, exactly.

Weights are a weighted automaton f(w) = C A[w] h_0 with a vector of outputs. Two of them are the same function if and
only if the joint network with transitions A[x] ⊕ A'[x], start (h_0, h_0') and readout (C, −C') gives 0 on every word;
the vectors that words reach span a space with a basis of at most H + H' words, each one letter longer than another, so
this takes finitely many products (M. P. Schützenberger, On the definition of a family of automata, Inf. Control 4,
1961; W.-G. Tzeng, SIAM J. Comput. 21, 1992). Dropping what no word reaches, and then what no word tells apart, leaves
the minimal network, whose size is the rank of the Hankel matrix F[u, v] = f(uv).

Networks that make the same predictions need not be the same function: logits may be multiplied by positive numbers.
`BilinearWeights.prove` is about predictions.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..errors import WeightsError
from .rung import Rung
from .weights import BilinearWeights

Word = tuple[int, ...]


@dataclass(frozen=True)
class Equivalence:
    """Whether two networks give the same logits on every word.

    Attributes:
        equal: the answer; it is exact.
        word: a shortest word whose logits differ, None if there is none.
        difference: the difference of the logits after that word, (states, 1), None if there is none.
        words: how many words span what all words reach in the joint network; these are what was compared.
    """

    equal: bool
    word: tuple[Hashable, ...] | None
    difference: ExactMatrix | None
    words: int

    def __bool__(self) -> bool:
        """`if equivalence(a, b):`."""
        return self.equal


def equivalence(first: BilinearWeights, second: BilinearWeights) -> Equivalence:
    """Decide whether two networks have equal logits after every word.

    Raises:
        WeightsError: for different letters or states.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> from bistate.theory import Automaton, equivalence, minimal_realisation, realize
        >>> w = realize(Automaton.word_problem(SymmetricGroup(3)), "full")
        >>> equivalence(w, minimal_realisation(w)).equal, minimal_realisation(w).hidden_size
        (True, 2)
    """
    for what in ("letters", "states"):
        mine, other = getattr(first, what), getattr(second, what)
        if mine != other:
            raise WeightsError(f"networks with {what} {mine!r} and {other!r} are not comparable: these have to agree")
    transitions = [ExactMatrix.block_diagonal(pair) for pair in zip(first.transitions, second.transitions, strict=True)]
    start = ExactMatrix.vstack([first.initial, second.initial])  # (H + H', 1)
    readout = ExactMatrix.hstack([first.readout, -second.readout])  # (states, H + H')
    words, reached = _span(transitions, start)
    for k, word in enumerate(words):  # by length, so that the first one that differs is a shortest one
        difference = readout @ reached.submatrix(range(reached.shape[0]), [k])
        if not difference.is_zero:
            return Equivalence(False, tuple(first.letters[x] for x in word), difference, len(words))
    return Equivalence(True, None, None, len(words))


def minimal_realisation(weights: BilinearWeights) -> BilinearWeights:
    """The smallest network with the same logits on every word, proved to be equivalent.

    Its size is the rank of the Hankel matrix. Block structure and factors are lost: the rung is `full`.

    Raises:
        WeightsError: if all logits of all words are 0, so that nothing is left.
    """
    _, reached = _span(weights.transitions, weights.initial)  # (H, r)
    smaller = _restricted(reached, weights.transitions)
    start, readout = _coordinates(reached, weights.initial), weights.readout @ reached
    turned = [matrix.T for matrix in smaller]
    rows = [readout.T.submatrix(range(readout.shape[1]), [k]) for k in range(readout.shape[0])]
    _, seen = _span(turned, ExactMatrix.hstack(rows))  # (r, k): what words tell apart
    if seen.shape[1] == 0 or not reached.shape[1]:
        raise WeightsError("all logits of these weights are 0 on every word; nothing is left of the network")
    found = replace(
        weights,
        transitions=tuple(matrix.T for matrix in _restricted(seen, turned)),
        initial=seen.T @ start,
        readout=_coordinates(seen, readout.T).T,
        blocks=(),
        rung=Rung.FULL,
        note=f"{weights.note}; minimal" if weights.note else "minimal",
        form=None,
        factors=None,
    )
    same = equivalence(weights, found)
    if not same:  # a defect of this module, never of the weights
        raise AssertionError(f"the reduced network differs after {same.word!r}")
    return found


def _span(transitions: Sequence[ExactMatrix], start: ExactMatrix) -> tuple[list[Word], ExactMatrix]:
    """Words, shortest first, and the independent vectors they lead to, whose span all transitions keep.

    Args:
        transitions: (n, n) each.
        start: (n, k), k columns to begin with; a word names its letters only.

    Returns:
        The words, and their vectors as columns, (n, r).
    """
    size = start.shape[0]
    _, pivots = start.rref()
    basis = start.submatrix(range(size), pivots)
    words: list[Word] = [() for _ in pivots]
    newest, begun = basis, words
    while newest.shape[1] and basis.shape[1] < size:
        reached = [matrix @ newest for matrix in transitions]
        longer = [(*word, x) for x in range(len(transitions)) for word in begun]
        both = ExactMatrix.hstack([basis, *reached])  # (n, r + letters · new)
        _, pivots = both.rref()
        fresh = [p - basis.shape[1] for p in pivots if p >= basis.shape[1]]
        newest = both.submatrix(range(size), [basis.shape[1] + k for k in fresh])
        begun = [longer[k] for k in fresh]
        basis, words = ExactMatrix.hstack([basis, newest]) if fresh else basis, words + begun
    return words, basis


def _coordinates(basis: ExactMatrix, vectors: ExactMatrix) -> ExactMatrix:
    """X with basis @ X = vectors, for vectors in the span of the independent, real columns: (r, k)."""
    return (basis.T @ basis).solve(basis.T @ vectors)


def _restricted(basis: ExactMatrix, transitions: Sequence[ExactMatrix]) -> list[ExactMatrix]:
    """The transitions on the span of the basis: B with A basis = basis B, (r, r)."""
    return [_coordinates(basis, matrix @ basis) for matrix in transitions]


minimal_realization = minimal_realisation  # the American spelling of the other public names, such as realize
