"""Whether matrices satisfy the relators of a presentation, exactly and with few products.

A relator u v⁻¹ with words u, v of positive exponents is checked as ρ(u) = ρ(v): no inverse is needed. Words are
multiplied up from their right ends, and those that share an end share its product: relators that are read off a Cayley
graph share most of theirs, as their words are paths to the identity in one tree. A relator uⁿ is a power by repeated
squaring.

Matrices that are not rational are multiplied modulo primes. Let ρ(s) = N_s/d_s over a field K ⊆ Q(ζ_e) of degree f,
with integers in N_s, and let D be the product of the d_s along u and v. The entries x of D (ρ(u) − ρ(v)) are integers
of K, and |σ(x)| ≤ B for all embeddings σ, where B comes from row sums of the N_s. A prime p ≡ 1 (mod e) splits: it
divides an integer of K if f maps from K to F_p take that to 0. An x that p_1, …, p_k divide and that is not 0 has
|N(x)| ≥ (p_1 ⋯ p_k)^f. So x = 0 when p_1 ⋯ p_k > B.

Where the matrices have long denominators, M ρ(u) = M ρ(v) is checked for an invertible M, such as an invariant form:
its entries ⟨x_i, u x_j⟩ are short. With R_s = M ρ(s) M⁻¹ they are M ρ(s w) = R_s M ρ(w), letter by letter. Matrices
over a field K of degree f are taken as f times as large ones over Q: if multiplication by R_s on K^d has the matrix R'
in the basis b_k e_i over Q, then coordinates of M ρ(w) are columns on which R' acts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import lcm, prod
from typing import TypeVar

from flint import fmpq_mat, fmpz_mat, nmod_mat

from ..arithmetic.exact_matrix import ExactMatrix
from ..arithmetic.split_primes import row_sums, split_primes
from ..fields.number_field import NumberField, units
from ..permutations.presentation import Word, inverse_word

LARGE = 6  # size of matrices from which products modulo primes are faster than those of algebraic numbers
LONG = 32  # bits of a denominator, from which products with the form are shorter


@dataclass(frozen=True)
class Relation:
    """Two words with left^power = right.

    Example:
        >>> relation_of(((0, 1), (1, 2), (0, -1), (1, -1)))
        Relation(left=((0, 1), (1, 2)), right=((1, 1), (0, 1)), power=1)
        >>> relation_of(((0, 1), (1, 1)) * 3)
        Relation(left=((0, 1), (1, 1)), right=(), power=3)
    """

    left: Word
    right: Word
    power: int = 1


def relation_of(relator: Word) -> Relation:
    """The relator as an equation of two words, of positive exponents where it has no positive one behind a negative."""
    count = len(relator)
    first = next((i for i, (_, exponent) in enumerate(relator) if exponent < 0), count)
    if first < count:
        return Relation(relator[:first], inverse_word(relator[first:]))
    period = next((d for d in range(1, count + 1) if count % d == 0 and relator[:d] * (count // d) == relator), 1)
    return Relation(relator[:period], (), count // period if count else 1)


def failing_relator(images: Sequence[ExactMatrix], form: ExactMatrix, relators: Sequence[Word]) -> Word | None:
    """The first relator that the matrices of the generators do not satisfy, None if there is none.

    Args:
        images: ρ of the generators, invertible.
        form: a matrix with short entries ⟨x_i, g x_j⟩ where it is multiplied by ρ(g); invertible.
        relators: words.
    """
    relations = [relation_of(relator) for relator in relators]
    positive = all(exponent > 0 for one in relations for word in (one.left, one.right) for _, exponent in word)
    if positive and any(matrix._denominator.bit_length() > LONG for matrix in images):
        found = _failing_on_columns(images, form, relations)
    elif positive and any(matrix.conductor > 1 for matrix in images) and images[0].shape[0] >= LARGE:
        found = _failing_modulo_primes(images, relations)
    else:
        known: dict[Word, ExactMatrix] = {}
        one = ExactMatrix.identity(images[0].shape[0]) if images else ExactMatrix.identity(1)
        found = next((i for i, relation in enumerate(relations) if not _holds(images, known, relation, one)), None)
    return None if found is None else relators[found]


M = TypeVar("M", ExactMatrix, nmod_mat)


def _holds(images: Sequence[M], known: dict[Word, M], relation: Relation, one: M) -> bool:
    left, right = (_value(images, known, word) for word in (relation.left, relation.right))
    whole = left if left is None or relation.power == 1 else left**relation.power
    return bool((one if whole is None else whole) == (one if right is None else right))


def _value(images: Sequence[M], known: dict[Word, M], word: Word) -> M | None:
    """The product along a word, None for the empty one."""
    for end in _ends(word):
        if end not in known:
            (k, exponent), rest = end[0], end[1:]
            power = known.setdefault(((k, exponent),), images[k] if exponent == 1 else images[k] ** exponent)
            known[end] = power * known[rest] if rest else power
    return known[word] if word else None


def _ends(word: Word) -> Iterator[Word]:
    return (word[start:] for start in range(len(word) - 1, -1, -1))


# --- modulo primes ---


def _failing_modulo_primes(images: Sequence[ExactMatrix], relations: Sequence[Relation]) -> int | None:
    """The position of the first relation that does not hold modulo primes whose product is above its bound."""
    root = lcm(*(matrix.conductor for matrix in images))
    maps = _maps(NumberField.of_matrices(images), root)
    parts = [matrix._integers(root, matrix._denominator) for matrix in images]
    denominators = [matrix._denominator for matrix in images]
    bounds = _bounds(parts, denominators, relations)
    first, pending, modulus = None, list(range(len(relations))), 1
    for prime in split_primes(root):
        if any(denominator % prime.p == 0 for denominator in denominators):
            continue
        scales = [pow(denominator, -1, prime.p) for denominator in denominators]
        split = [prime.split(part, maps) for part in parts]
        for number in range(len(maps)):
            values = [matrix[number] * scale for matrix, scale in zip(split, scales, strict=True)]
            known: dict[Word, nmod_mat] = {}
            one = values[0] ** 0
            bad = next((i for i in pending if not _holds(values, known, relations[i], one)), None)
            if bad is not None:
                first, pending = bad, [i for i in pending if i < bad]
        modulus *= prime.p
        pending = [i for i in pending if bounds[i] >= modulus]
        if not pending:
            return first
    raise AssertionError("there are infinitely many primes")


def _maps(field: NumberField, root: int) -> list[int]:
    """The places, among the numbers prime to e, of those that give the f maps of the field."""
    inside, seen, found = field.over(root), set[int](), []
    for place, k in enumerate(units(root)):
        if k not in seen:
            seen |= {k * j % root for j in inside}
            found.append(place)
    return found


def _bounds(
    parts: Sequence[Sequence[fmpz_mat]], denominators: Sequence[int], relations: Sequence[Relation]
) -> list[int]:
    """B of each relation: |σ(N_u)| ≤ Π r_s and |σ(N_v)| ≤ Π r_s entry by entry, r_s the largest row sum of |σ(N_s)|."""
    sums = [max(row_sums(part)) for part in parts]

    def along(word: Word, sizes: Sequence[int]) -> int:
        return prod(sizes[k] ** exponent for k, exponent in word)

    return [
        along(one.left, sums) ** one.power * along(one.right, denominators)
        + along(one.right, sums) * along(one.left, denominators) ** one.power
        for one in relations
    ]


# --- columns over Q ---


def _failing_on_columns(images: Sequence[ExactMatrix], form: ExactMatrix, relations: Sequence[Relation]) -> int | None:
    """The position of the first relation for which M ρ(u) and M ρ(v) differ."""
    field = NumberField.of_matrices([*images, form])
    inverse = form.inverse()
    steps = [_over_rationals(field, form @ matrix @ inverse) for matrix in images]
    start = _columns(field, form)
    known: dict[tuple[int, ...], fmpq_mat] = {(): start}
    for i, relation in enumerate(relations):
        words = _letters(relation.left) * relation.power, _letters(relation.right)
        for word in words:
            for begin in range(len(word) - 1, -1, -1):
                if word[begin:] not in known:
                    known[word[begin:]] = steps[word[begin]] * known[word[begin + 1 :]]
        if known[words[0]] != known[words[1]]:
            return i
    return None


def _letters(word: Word) -> tuple[int, ...]:
    return tuple(k for k, exponent in word for _ in range(exponent))


def _columns(field: NumberField, matrix: ExactMatrix) -> fmpq_mat:
    """The coordinates of a matrix in a basis b_k of the field, one block of rows for each k: (f d, d)."""
    parts = field.parts(matrix)
    rows = [x for part in parts for x in part.entries()]
    return fmpq_mat(len(parts) * matrix.shape[0], matrix.shape[1], rows)


def _over_rationals(field: NumberField, matrix: ExactMatrix) -> fmpq_mat:
    """The map x ↦ matrix x on coordinates: (f d, f d)."""
    blocks = [_columns(field, matrix * b).table() for b in field.basis]
    return fmpq_mat([[x for block in blocks for x in block[i]] for i in range(len(blocks[0]))])
