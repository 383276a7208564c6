"""Irreps of wreath products H ≀ K by Clifford's theorem.

Let c be a colouring of the d blocks by irreps of H, K_c the part of K that keeps it, and σ an irrep of K_c. The tensor
product V_c of the spaces of ρ_{c(1)}, …, ρ_{c(d)} is a representation of H^d ⋊ K_c, where

    (k; h) takes v_1 ⊗ … ⊗ v_d to the tensor with ρ_{c(b)}(h_b) v_b at place k(b),

and V_c ⊗ σ induced to G is irreducible; with one colouring of each orbit of K these are all irreps, once each. The
induced representation has one block for each colouring c_j = r_j c of the orbit, with space V_{c_j} ⊗ σ: g = (k; h)
goes from block j to the block j' of k c_j, by the map above on V_{c_j}, and by σ(r_{j'}⁻¹ k r_j). Its trace is the sum
over the blocks that k keeps, and on V_{c_j} the product of the values of ρ at products of the h_b along cycles of k.
Source: G. James and A. Kerber, The Representation Theory of the Symmetric Group, 4.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import product
from math import prod

import numpy as np

from ..arithmetic.exact_matrix import ExactMatrix
from ..arithmetic.prime_field import IntArray, matmul
from ..permutations.generated_group import GeneratedGroup
from ..permutations.permutation import Permutation
from ..representations.homomorphism import check_form, check_homomorphism
from ..representations.representation import Representation, RepresentedGroup
from .recognised import Made, Residues
from .wreath_blocks import Wreath

Colouring = tuple[int, ...]
Split = tuple[Permutation, tuple[Permutation, ...]]


@dataclass(frozen=True, eq=False)
class _Orbit:
    """The colourings c_j = r_j c of an orbit.

    Attributes:
        colourings: c_j, c first.
        movers: r_j.
        kept: K_c.
    """

    colourings: tuple[Colouring, ...]
    movers: tuple[Permutation, ...]
    kept: RepresentedGroup

    @cached_property
    def places(self) -> dict[Colouring, int]:
        """Where each colouring stands."""
        return {colouring: j for j, colouring in enumerate(self.colourings)}

    def target(self, k: Permutation, j: int) -> tuple[int, Permutation]:
        """The j' with k c_j = c_{j'}, and r_{j'}⁻¹ k r_j."""
        there = self.places[_moved(k, self.colourings[j])]
        return there, self.movers[there].inverse() * k * self.movers[j]


def wreath_irreps(group: RepresentedGroup, residues: Residues, wreath: Wreath) -> list[Made]:
    """All irreps of H ≀ K; those of H and of the groups K_c are verified when they are made."""
    count = len(wreath.base.conjugacy_classes())
    colourings = list(product(range(count), repeat=len(wreath.blocks)))
    orbits = _orbits(wreath.top, colourings)
    splits = [wreath.split(cls.representative) for cls in group.conjugacy_classes()]
    steps = [wreath.split(g) for g in group.generators]
    base_values = residues.table(wreath.base.character_table())
    fixed = _tensor_traces(wreath.base, base_values, np.array(colourings), splits, residues.prime)
    number = {colouring: i for i, colouring in enumerate(colourings)}
    made = []
    for orbit in orbits:
        columns = fixed[:, [number[colouring] for colouring in orbit.colourings]]  # (classes, j)
        rows = _traces(orbit, columns, [k for k, _ in splits], residues)
        for s, row in enumerate(rows):
            made.append(Made(row, _build(group, wreath.base, orbit, s, steps)))
    return made


def _moved(k: Permutation, colouring: Colouring) -> Colouring:
    """The colouring k c, with (k c)(k(b)) = c(b)."""
    found = [0] * len(colouring)
    for b, colour in enumerate(colouring):
        found[k[b]] = colour
    return tuple(found)


def _orbits(top: RepresentedGroup, colourings: Sequence[Colouring]) -> list[_Orbit]:
    """The orbits of K on colourings, with generators of K_c by Schreier's lemma."""
    seen: set[Colouring] = set()
    known: dict[RepresentedGroup, RepresentedGroup] = {}  # equal groups are one object, so that irreps are made once
    found = []
    for colouring in colourings:
        if colouring in seen:
            continue
        movers = {colouring: top.identity}
        queue = [colouring]
        kept = GeneratedGroup([], top.degree)
        for here in queue:
            for g in top.generators:
                there, step = _moved(g, here), g * movers[here]
                if there not in movers:
                    movers[there] = step
                    queue.append(there)
                elif (loop := movers[there].inverse() * step) not in kept:
                    kept = GeneratedGroup([*kept.generators, loop], top.degree)
        seen |= set(queue)
        stabiliser = top.plain(kept.generators, top.degree)
        stabiliser = known.setdefault(stabiliser, stabiliser)
        found.append(_Orbit(tuple(queue), tuple(movers[here] for here in queue), stabiliser))
    return found


# --- traces ---


def _tensor_traces(
    base: RepresentedGroup, values: IntArray, colourings: IntArray, splits: Sequence[Split], prime: int
) -> IntArray:
    """The trace of (k; h) on V_c, zero where k moves c: (elements, colourings)."""
    found = np.ones((len(splits), len(colourings)), dtype=np.int64)
    for row, (k, parts) in zip(found, splits, strict=True):
        for cycle in k._all_cycles():
            around = reduce(lambda after, b: parts[b] * after, cycle, base.identity)
            row *= (colourings[:, cycle] == colourings[:, cycle[:1]]).all(axis=1)
            row *= values[colourings[:, cycle[0]], base.class_of(around)]
            row %= prime
    return found


def _traces(orbit: _Orbit, tensor: IntArray, tops: Sequence[Permutation], residues: Residues) -> IntArray:
    """The characters of the irreps of one orbit, one for each σ: (σ, classes)."""
    table = residues.table(orbit.kept.character_table())  # (σ, classes of K_c)
    found = np.zeros((len(table), len(tops)), dtype=np.int64)
    for k in set(tops):
        rows = np.array([i for i, other in enumerate(tops) if other == k])
        fixed = [j for j in range(len(orbit.colourings)) if _moved(k, orbit.colourings[j]) == orbit.colourings[j]]
        if fixed:
            columns = [orbit.kept.class_of(orbit.target(k, j)[1]) for j in fixed]
            found[:, rows] = matmul(table[:, columns], tensor[rows][:, fixed].T.copy(), residues.prime)
    return found


# --- matrices ---


def _build(
    group: RepresentedGroup, base: RepresentedGroup, orbit: _Orbit, s: int, steps: Sequence[Split]
) -> Callable[[], tuple[tuple[ExactMatrix, ...], ExactMatrix]]:
    def build() -> tuple[tuple[ExactMatrix, ...], ExactMatrix]:
        rhos, sigma = base.irreps(), orbit.kept.irreps()[s]
        images = tuple(_matrix(rhos, sigma, orbit, *step) for step in steps)
        form = ExactMatrix.block_diagonal(
            [_tensor([*(rhos[colour].form for colour in colouring), sigma.form]) for colouring in orbit.colourings]
        )
        rho = Representation(group, images, form)
        check_homomorphism(rho)
        check_form(rho)
        return images, form

    return build


def _matrix(
    rhos: Sequence[Representation],
    sigma: Representation,
    orbit: _Orbit,
    k: Permutation,
    parts: Sequence[Permutation],
) -> ExactMatrix:
    """(k; h) on all blocks."""
    back = k.inverse()
    blocks = []
    for j, colouring in enumerate(orbit.colourings):
        there, inner = orbit.target(k, j)
        whole = _tensor([rhos[colour](h) for colour, h in zip(colouring, parts, strict=True)])
        shape = [rhos[colour].degree for colour in colouring]
        rows = np.arange(prod(shape)).reshape(shape).transpose(back).ravel().tolist()  # what stands where afterwards
        block = whole.submatrix(rows, range(len(rows))).kronecker(sigma(inner))
        size = block.shape[0]
        blocks.append((there * size, j * size, block))
    size = len(blocks) * blocks[0][2].shape[0]
    return ExactMatrix._assembled((size, size), blocks)


def _tensor(factors: Sequence[ExactMatrix]) -> ExactMatrix:
    return reduce(lambda left, right: left.kronecker(right), factors)
