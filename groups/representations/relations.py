"""Whether matrices satisfy the relators of a presentation, exactly and with few products.

A relator u v⁻¹ with words u, v of positive exponents is checked as ρ(u) = ρ(v): no inverse is needed. Words are
multiplied up from their right ends, and those that share an end share its product: relators that are read off a Cayley
graph share most of theirs, as their words are paths to the identity in one tree. A relator uⁿ is a power by repeated
squaring.

Where the matrices have long denominators, M ρ(u) = M ρ(v) is checked for an invertible M, such as an invariant form:
its entries ⟨x_i, u x_j⟩ are short. With R_s = M ρ(s) M⁻¹ they are M ρ(s w) = R_s M ρ(w), letter by letter. Matrices
over a field K of degree f are taken as f times as large ones over Q: if multiplication by R_s on K^d has the matrix R'
in the basis b_k e_i over Q, then coordinates of M ρ(w) are columns on which R' acts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flint import fmpq_mat

from ..arithmetic.exact_matrix import ExactMatrix
from ..fields.number_field import NumberField
from ..permutations.presentation import Word, inverse_word

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
    if any(matrix._denominator.bit_length() > LONG for matrix in images):
        relations = [relation_of(relator) for relator in relators]
        if all(exponent > 0 for one in relations for word in (one.left, one.right) for _, exponent in word):
            found = _failing_on_columns(images, form, relations)
            return None if found is None else relators[found]
    known: dict[Word, ExactMatrix] = {}
    for relator in relators:
        relation = relation_of(relator)
        left, right = (_value(images, known, word) for word in (relation.left, relation.right))
        whole = left if left is None or relation.power == 1 else left**relation.power
        if not _equal(whole, right):
            return relator
    return None


def _equal(left: ExactMatrix | None, right: ExactMatrix | None) -> bool:
    if left is None or right is None:
        rest = right if left is None else left
        return rest is None or rest.is_identity
    return left == right


def _value(images: Sequence[ExactMatrix], known: dict[Word, ExactMatrix], word: Word) -> ExactMatrix | None:
    """The product along a word, None for the empty one."""
    for end in _ends(word):
        if end not in known:
            (k, exponent), rest = end[0], end[1:]
            power = known.setdefault(((k, exponent),), _power(images[k], exponent))
            known[end] = power @ known[rest] if rest else power
    return known[word] if word else None


def _ends(word: Word) -> Iterator[Word]:
    return (word[start:] for start in range(len(word) - 1, -1, -1))


def _power(matrix: ExactMatrix, exponent: int) -> ExactMatrix:
    return matrix if exponent == 1 else matrix**exponent


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
