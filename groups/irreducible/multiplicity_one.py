"""Irreducible representations from a subgroup with a linear constituent of multiplicity one (Dixon's method).

Let χ be an irreducible character of G of degree d, H a subgroup and λ a linear character of H with ⟨χ|_H, λ⟩ = 1. Put

    α(g) = (1/|H|) Σ_{h∈H} λ(h)* χ(g h).

In the representation with character χ there is, up to scale, one vector v with h v = λ(h) v, and α(g) = ⟨v, g v⟩
for the invariant inner product with ⟨v, v⟩ = 1. Choose x_1, …, x_d in G so that the Gram matrix A = (α(x_i⁻¹ x_j))
is invertible. Then x_1 v, …, x_d v is a basis, A is the invariant form in it, and

    ρ(g) = A⁻¹ (α(x_i⁻¹ g x_j)).

All entries lie in Q(χ, λ). Where there is a subgroup as in `rank_one`, H and the x_i are chosen by it. Source:
J. D. Dixon, Constructing representations of finite groups, DIMACS 11 (1993).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd

import numpy as np
from flint import fmpq_mat
from numpy.typing import NDArray

from ..arithmetic.cyclotomic import Cyclotomic, E
from ..arithmetic.exact_matrix import ExactMatrix
from ..characters.dixon import ModularTable
from ..errors import RepresentationError
from ..fields.number_field import NumberField, galois
from ..permutations.permutation import Permutation
from ..permutations.stabiliser_chain import inverted
from ..representations.representation import Representation, RepresentedGroup
from .coset_phases import Cosets, cosets_of
from .inducing_subgroups import LinearCharacter, candidate_subgroups, generators_of, linear_characters
from .rank_one import RankOne, rank_one

IntArray = NDArray[np.int64]


LARGE_DEGREE = 100  # from which it pays to look for large subgroups
FEW_VECTORS = 4  # times the degree: index of a subgroup that is large enough
WITHIN_REACH = 3  # a degree over the character field from which descent is cheaper than a search for subgroups


@dataclass(frozen=True)
class Choice:
    """A linear character of multiplicity one in a character.

    Attributes:
        field: Q(χ, λ), in which the matrices will lie.
        linear: the pair (H, λ).
        overlap: |H ∩ B| with the subgroup B of `rank_one`, 1 for a group without one.
    """

    field: NumberField
    linear: LinearCharacter
    overlap: int = 1

    @property
    def cost(self) -> tuple[int, int, int]:
        """Small fields first, then a large overlap, then large subgroups: few vectors g v, small denominators."""
        return self.field.degree, -self.overlap, -len(self.linear.members)


def choose(
    group: RepresentedGroup, modular: ModularTable, wanted: Mapping[int, NumberField], indicators: Sequence[int]
) -> dict[int, Choice]:
    """For each wanted character the best pair (H, λ) found, by the rows' positions.

    The search ends when every wanted character has a pair over its own character field, or, for indicator −1, over a
    quadratic extension of it. For characters of large degree it first goes on, among stabilisers, centralisers and
    normalisers, until the subgroup is large too: else their matrices would have long denominators. What the subgroups
    of `rank_one` give over the least field is not looked for again.

    Args:
        group: G.
        modular: its table modulo a prime.
        wanted: the rows, with the fields Q(χ).
        indicators: of all rows.
    """
    search = _Search(group, modular, wanted, {i: 2 if indicators[i] == -1 else 1 for i in wanted})
    rest = dict(wanted)
    if search.rank_one is not None:
        for members in search.rank_one.subgroups():
            search.try_subgroup(members, list(wanted))
        rest = {i: field for i, field in wanted.items() if i in search.open}
    if rest:
        _search_all(group, modular, rest, search)
    return search.best


def _search_all(
    group: RepresentedGroup, modular: ModularTable, wanted: Mapping[int, NumberField], search: _Search
) -> None:
    """Stabilisers, centralisers and normalisers, cyclic subgroups, and random ones."""
    large = [i for i in wanted if modular.degrees[i] >= LARGE_DEGREE]
    for members, random in candidate_subgroups(group) if large else ():
        large = [i for i in large if not search.is_settled(i)]
        if random or not large:
            break
        if any(i not in search.best or len(members) > len(search.best[i].linear.members) for i in large):
            search.try_subgroup(members, large)
    for j, cls in enumerate(group.conjugacy_classes()[1:], 1):
        search.try_cyclic(j, cls.representative, wanted)
    if search.open:
        for members, random in candidate_subgroups(group):
            search.try_subgroup(members, sorted(search.open))
            if not search.open or (random and search.all_within_reach):
                break


class _Search:
    """The best choices so far, and the characters that still need a better one."""

    def __init__(
        self, group: RepresentedGroup, modular: ModularTable, fields: Mapping[int, NumberField], least: dict[int, int]
    ) -> None:
        self.group, self.modular, self.fields, self.least = group, modular, fields, least
        self.rank_one: RankOne | None = rank_one(group)
        self.best: dict[int, Choice] = {}
        self.open = set(fields)
        self.extended: dict[tuple[NumberField, int], NumberField] = {}

    def offer(self, i: int, linear: LinearCharacter) -> None:
        """Keep a choice if it beats the best one; a character is settled when the least possible degree is reached."""
        key = (self.fields[i], linear.order // 2 if linear.order % 4 == 2 else linear.order)
        if key not in self.extended:
            self.extended[key] = key[0] * NumberField.cyclotomic(key[1])
        overlap = 1 if self.rank_one is None else int(self.rank_one.inside[linear.members].sum())
        choice = Choice(self.extended[key], linear, overlap)
        if i not in self.best or choice.cost < self.best[i].cost:
            self.best[i] = choice
        if choice.field.degree <= self.least[i] * self.fields[i].degree:
            self.open.discard(i)

    @property
    def all_within_reach(self) -> bool:
        """Whether descent will do the rest: every open character has a pair over a small extension of its field."""
        return all(
            i in self.best and self.best[i].field.degree <= WITHIN_REACH * self.fields[i].degree for i in self.open
        )

    def try_cyclic(self, j: int, element: Permutation, rows: Iterable[int]) -> None:
        """H = ⟨g⟩: the multiplicities are those of the eigenvalues of ρ(g)."""
        order = element.order
        members: IntArray | None = None
        for i in rows:
            for s in np.flatnonzero(self.modular.multiplicities[j][i] == 1).tolist():
                if members is None:
                    members = np.array([self.group.index(element**k) for k in range(order)])
                reduced = order // gcd(s, order)
                exponents = np.arange(order) * (s // (order // reduced)) % reduced
                self.offer(i, LinearCharacter(members, reduced, exponents))

    def is_settled(self, i: int) -> bool:
        """Whether the field is least and the vectors g v of the subgroup are not many more than a basis."""
        if i in self.open:
            return False
        return self.group.order <= FEW_VECTORS * int(self.modular.degrees[i]) * len(self.best[i].linear.members)

    def try_subgroup(self, members: IntArray, rows: Sequence[int]) -> None:
        """All linear characters of H at once, modulo the prime."""
        prime = self.modular.prime
        values = self.modular.values[rows][:, self.group.class_indices[members]]  # (rows, |H|)
        if not (self.modular.degrees[rows] <= self.group.order // len(members)).any():
            return
        inverse = pow(len(members), -1, prime)
        for linear in linear_characters(self.group, members):
            root = pow(self.modular.root, self.group.exponent // linear.order, prime)
            table = np.array([pow(root, -k % linear.order, prime) for k in range(linear.order)], dtype=np.int64)
            products = values * table[linear.exponents] % prime  # (rows, |H|)
            for i, total in zip(rows, (products.sum(axis=1) % prime).tolist(), strict=True):
                if total * inverse % prime == 1:
                    self.offer(i, linear)


@dataclass(frozen=True)
class Model:
    """One irreducible representation in the making: χ, (H, λ), and the values of α they give."""

    group: RepresentedGroup
    values: tuple[Cyclotomic, ...]
    modular_values: IntArray
    modular: ModularTable
    choice: Choice

    @cached_property
    def degree(self) -> int:
        """χ(1)."""
        return int(self.values[0].to_fraction())

    @cached_property
    def weights(self) -> IntArray:
        """|H|·α is the histogram of (class, exponent) times this: (classes · m, φ(conductor))."""
        m, conductor = self.choice.linear.order, self.choice.field.conductor
        known = {
            value: [[int(c.p) for c in (value * E(m, -k)).over(conductor)] for k in range(m)]
            for value in set(self.values)
        }
        return np.array([row for value in self.values for row in known[value]], dtype=np.int64)

    @cached_property
    def modular_weights(self) -> IntArray:
        """The same modulo p, for α and for its conjugate: (2, classes · m)."""
        prime, m = self.modular.prime, self.choice.linear.order
        root = pow(self.modular.root, self.group.exponent // m, prime)
        powers = [pow(root, k, prime) for k in range(m)]
        inverse = self.group.power_map(-1)
        values = [int(x) for x in self.modular_values]
        plain = [x * powers[-k % m] % prime for x in values for k in range(m)]
        conjugate = [values[inverse[c]] * powers[k] % prime for c in range(len(values)) for k in range(m)]
        return np.array([plain, conjugate], dtype=np.int64)

    @cached_property
    def cosets(self) -> Cosets:
        """The cosets of H."""
        return cosets_of(self.group, self.choice.linear)

    @cached_property
    def coset_histograms(self) -> IntArray:
        """For the leader t of each coset, how often t h lies in a class while λ(h) = ζ^k: (cosets, classes, m)."""
        m, count = self.choice.linear.order, len(self.cosets.leaders)
        keys = (self.cosets.owner * len(self.values) + self.group.class_indices) * m + self.cosets.phases
        return np.bincount(keys, minlength=count * len(self.values) * m).reshape(count, len(self.values), m)

    def histograms(self, rows: NDArray[np.uint32]) -> IntArray:
        """How often g h lies in a class while λ(h) = ζ^k: elements g as rows of images → (len(rows), classes · m).

        For g = t h_0, with t the leader of its coset, g h = t h' has λ(h) = λ(h')/λ(h_0).
        """
        places, m = self.group.index_rows(rows), self.choice.linear.order
        found = self.coset_histograms[self.cosets.owner[places]]  # (rows, classes, m)
        if m > 1:
            exponents = (np.arange(m) + self.cosets.phases[places][:, None]) % m  # (rows, m)
            found = np.take_along_axis(found, exponents[:, None, :], axis=2)
        return found.reshape(len(rows), -1)

    def modular_alpha(self, rows: NDArray[np.uint32]) -> IntArray:
        """|H|·α and its conjugate modulo p: (2, len(rows))."""
        prime = self.modular.prime
        histograms = self.histograms(rows)  # (rows, classes · m)
        return (histograms[None] * self.modular_weights[:, None] % prime).sum(axis=2) % prime

    def gram(self, left: NDArray[np.uint32], right: NDArray[np.uint32]) -> ExactMatrix:
        """The matrix of |H|·α(x⁻¹ y) over rows x of `left` and y of `right`."""
        parts = [self.histograms(row[right]) @ self.weights for row in inverted(left)]  # (right, φ) each
        coordinates = np.stack(parts)  # (left, right, φ)
        matrices = [
            fmpq_mat(len(left), len(right), [int(x) for x in coordinates[:, :, k].ravel()])
            for k in range(coordinates.shape[2])
        ]
        return ExactMatrix.from_parts(matrices, self.choice.field.conductor)


@dataclass(frozen=True)
class SpunMatrices:
    """A representation in the basis x_i v.

    Attributes:
        images: ρ of the generators.
        form: the invariant form A.
        steps: elements s_0, s_1, … of G.
        tree: (parent, k) for each i with x_i = s_k x_parent; the root x_1 = 1 has (0, −1).
    """

    images: tuple[ExactMatrix, ...]
    form: ExactMatrix
    steps: tuple[Permutation, ...]
    tree: tuple[tuple[int, int], ...]


def matrices(model: Model, generators: Sequence[Permutation]) -> SpunMatrices:
    """ρ of the generators and the invariant form A.

    Raises:
        RepresentationError: if no basis is found, which happens only when λ has not multiplicity one.
    """
    found = rank_one(model.group)
    first, both = ([], []) if found is None else found.stages
    steps = (*both, *generators)
    basis, tree = _basis(model, np.array(steps, dtype=np.uint32), (len(first), len(both), len(steps)))  # (d, degree)
    form = model.gram(basis, basis)
    place = {row.tobytes(): i for i, row in enumerate(basis)}
    images = []
    for generator in np.array(generators, dtype=np.uint32):
        moved = generator[basis]  # s x_j, often a basis element; the other columns are solved for
        places = [place.get(row.tobytes()) for row in moved]
        known = {j: i for j, i in enumerate(places) if i is not None}
        open_columns = [j for j in range(model.degree) if j not in known]
        columns = ExactMatrix.identity(model.degree).submatrix(range(model.degree), list(known.values()))
        if open_columns:
            columns = ExactMatrix.hstack([form.solve(model.gram(basis, moved[open_columns])), columns])
        where = {j: i for i, j in enumerate([*open_columns, *known])}
        images.append(columns.submatrix(range(model.degree), [where[j] for j in range(model.degree)]))
    return SpunMatrices(tuple(images), form * Fraction(1, len(model.choice.linear.members)), steps, tree)


def intertwiner(model: Model, spun: SpunMatrices, k: int) -> ExactMatrix:
    """T with σ_k(ρ(g)) T = T ρ(g), for σ_k that fixes the character: (d, d).

    Both representations have one λ-vector up to scale, v and w say, and T carries x_i v to σ_k(ρ(x_i)) w.
    """
    images = tuple(galois(matrix, k) for matrix in spun.images)
    moved = Representation(model.group, images, spun.form)
    linear = model.choice.linear
    conditions = []
    for position in generators_of(model.group, linear.members):
        exponent = int(linear.exponents[linear.members == position][0])
        value = moved(model.group.elements[position])
        conditions.append(value - ExactMatrix.identity(model.degree) * E(linear.order, exponent))
    vectors = ExactMatrix.vstack(conditions).kernel() if conditions else ExactMatrix.identity(model.degree)
    columns = [vectors.submatrix(range(model.degree), [0])]
    steps = {number: moved(spun.steps[number]) for _, number in spun.tree[1:]}
    for parent, number in spun.tree[1:]:
        columns.append(steps[number] @ columns[parent])
    return ExactMatrix.hstack(columns)


def _basis(
    model: Model, steps: NDArray[np.uint32], stages: Sequence[int]
) -> tuple[NDArray[np.uint32], tuple[tuple[int, int], ...]]:
    """Elements x_1 = 1, x_2, … whose vectors x_j v are independent, by spinning v modulo p.

    Args:
        model: α.
        steps: the elements that it is spun under, (steps, degree).
        stages: how many of them are used until nothing new comes, first and then.

    Returns:
        Rows of images, (d, degree), and the tree of `SpunMatrices`.
    """
    prime = model.modular.prime
    identity = np.arange(model.group.degree, dtype=np.uint32)
    chosen, inverses = [identity], [identity]
    square = int(model.modular_alpha(identity[None])[0][0])  # |H|·⟨v, v⟩, the same for every x v
    inverse_gram = np.array([[pow(square, -1, prime)]], dtype=np.int64)  # of the Gram matrix of the vectors so far
    tree = [(0, -1)]
    for used in stages:
        queue = [(steps[k][x], i, k) for i, x in enumerate(chosen) for k in range(used)]
        for candidate, parent, k in queue:
            if len(chosen) == model.degree:
                break
            column, row = model.modular_alpha(np.array([inverse[candidate] for inverse in inverses]))
            left, right = _times(inverse_gram, column, prime), _times(inverse_gram.T, row, prime)
            pivot = (square - int((row * left % prime).sum())) % prime  # Schur complement: zero for dependent vectors
            if pivot:
                inverse_gram = _bordered(inverse_gram, left, right, pow(pivot, -1, prime), prime)
                queue += [(steps[j][candidate], len(chosen), j) for j in range(used)]
                chosen.append(candidate)
                inverses.append(np.argsort(candidate).astype(np.uint32))
                tree.append((parent, k))
    if len(chosen) < model.degree:
        raise RepresentationError(f"a vector spans only {len(chosen)} of {model.degree} dimensions")
    return np.array(chosen, dtype=np.uint32), tuple(tree)


def _bordered(inverse: IntArray, left: IntArray, right: IntArray, scale: int, prime: int) -> IntArray:
    """The inverse of a Gram matrix with one more row and column, by the Schur complement 1/`scale`."""
    return np.block(
        [
            [(inverse + left[:, None] * right % prime * scale) % prime, -left[:, None] * scale % prime],
            [-right * scale % prime, np.array([[scale]], dtype=np.int64)],
        ]
    )


def _times(matrix: IntArray, vector: IntArray, prime: int) -> IntArray:
    """The product of a matrix and a vector modulo p < 2^30: (k,)."""
    total: IntArray = (matrix * vector % prime).sum(axis=1) % prime
    return total
