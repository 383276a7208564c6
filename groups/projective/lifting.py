"""When matrices that satisfy relators up to scalars become a representation by scaling them.

Let r_j(M_1, …, M_n) = λ_j·1 for the relators r_j of G = F/R, and let e_jk be the sum of the exponents of generator k
in r_j. The projective representation lifts to a linear one if there are numbers c_k ≠ 0 for which M_k/c_k satisfy the
relators: Π_k c_k^{e_jk} = λ_j for all j.

**Lemma.** There are such c_k if and only if Π_j λ_j^{a_j} = 1 for all integers a_j with Σ_j a_j e_jk = 0 for all k.

Proof. "Only if": Π_j λ_j^{a_j} = Π_k c_k^{Σ_j a_j e_jk} = 1. "If": write C* additively, as a module over Z, and let
U B V = D be the Smith normal form of the n × m matrix B with entries e_jk at (k, j). Wanted is a row c with c B = λ.
With c = z U this says z D = λ V, that is d_i z_i = (λ V)_i for all i, where z_i = 0 for i > n. Where d_i ≠ 0 there is a
z_i, as C* is divisible. The other columns of V are a basis of the a with B a = 0, and for them (λ V)_i = 0 is
what is assumed. ∎

Such an a is the witness: Π_j r_j^{a_j} lies in [F, F], so that every representation of F takes the same value there,
however its matrices are scaled.
Source: I. Schur, J. reine angew. Math. 127 (1904), as in Isaacs, Character Theory of Finite Groups, 11.13 to 11.19.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from ..arithmetic.cyclotomic import Cyclotomic
from ..permutations.presentation import Word
from .smith_form import SmithForm, smith_form


@dataclass(frozen=True)
class Obstruction:
    """Why there is no lift: Π_j r_j^{a_j} is in [F, F], and its matrix is a scalar other than 1.

    Attributes:
        exponents: a_1, …, a_m.
        value: Π_j λ_j^{a_j}, a root of unity.
    """

    exponents: tuple[int, ...]
    value: Cyclotomic


def exponent_sums(relators: Sequence[Word], generators: int) -> list[list[int]]:
    """The n × m matrix B: entry (k, j) is the sum of the exponents of generator k in r_j."""
    return [[sum(e for i, e in relator if i == k) for relator in relators] for k in range(generators)]


def obstruction(relators: Sequence[Word], generators: int, scalars: Sequence[Cyclotomic]) -> Obstruction | None:
    """A witness that scaling makes no representation, None if it makes one: the lemma of this file, over C*."""
    form = _form(relators, generators)
    for i in range(len(relators)):
        if i >= generators or not form.diagonal[i]:
            exponents = tuple(row[i] for row in form.right)
            value = power_product(scalars, exponents)
            if value != 1:
                return Obstruction(exponents, value)
    return None


def power_product(scalars: Sequence[Cyclotomic], exponents: Sequence[int]) -> Cyclotomic:
    """Π_j λ_j^{a_j}."""
    return prod((x**a for x, a in zip(scalars, exponents, strict=True)), start=Cyclotomic([1]))


def lifting_turns(relators: Sequence[Word], generators: int, turns: Sequence[Fraction]) -> list[Fraction]:
    """y_k with Σ_k e_jk y_k ≡ x_j modulo 1, for λ_j = exp(2πi x_j) without obstruction: c_k = exp(2πi y_k)."""
    form = _form(relators, generators)
    steps = []
    for i in range(generators):
        d = form.diagonal[i] if i < len(relators) else 0
        total = sum((x * row[i] for x, row in zip(turns, form.right, strict=True)), Fraction(0))
        steps.append(total / d if d else Fraction(0))
    return [
        sum((z * row[k] for z, row in zip(steps, form.left, strict=True)), Fraction(0)) % 1 for k in range(generators)
    ]


def _form(relators: Sequence[Word], generators: int) -> SmithForm:
    return smith_form(exponent_sums(relators, generators), len(relators))
