"""How far learned matrices are from a homomorphism (theory page, section 6, point 3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..groups.group import PermutationGroup
from ..groups.permutations.permutation import Permutation
from ..groups.permutations.presentation import Word

Floats = NDArray[np.float64]


def product_defect(letters: Sequence[Permutation], matrices: Floats) -> dict[str, float]:
    """{"product": max ‖B[x]B[y] − B[xy]‖_F / √d} over pairs of letters whose product is a letter; {} if none is.

    Args:
        letters: the group element of each letter.
        matrices: B[x], (letters, d, d).
    """
    position = {letter: k for k, letter in enumerate(letters)}
    triples = [
        (i, j, position[x * y]) for i, x in enumerate(letters) for j, y in enumerate(letters) if x * y in position
    ]
    if not triples:
        return {}
    left, right, both = (matrices[list(part)] for part in zip(*triples, strict=True))  # each (pairs, d, d)
    return {"product": float(np.linalg.norm(left @ right - both, axis=(1, 2)).max() / np.sqrt(matrices.shape[1]))}


def relator_defects(group: PermutationGroup, letters: Sequence[Permutation], matrices: Floats) -> dict[str, float]:
    """‖B[r] − I‖_F / √d for each defining relator r of the group whose generators are all letters.

    The matrices of inverse generators are inverses of matrices; a singular one gives an infinite defect.

    Returns:
        Numbers by the relator as text, with letters a, b, c, … for the presentation's generators.
    """
    position = {letter: k for k, letter in enumerate(letters)}
    generators = group.presentation.generators
    found = {}
    for relator in group.presentation.relators:
        if all(generators[k] in position for k, _ in relator):
            steps = [(matrices[position[generators[k]]], exponent) for k, exponent in relator]
            found[relator_text(relator)] = _distance_from_identity(steps, matrices.shape[1])
    return found


def relator_text(relator: Word) -> str:
    """A relator with generators a, b, c, … (g26, g27, … after z)."""
    names = [(chr(97 + k) if k < 26 else f"g{k}", e) for k, e in relator]
    return "·".join(name if e == 1 else f"{name}^{e}" for name, e in names)


def _distance_from_identity(steps: Sequence[tuple[Floats, int]], degree: int) -> float:
    product = np.eye(degree)
    try:
        for matrix, exponent in steps:
            product = product @ np.linalg.matrix_power(matrix, exponent)
    except np.linalg.LinAlgError:
        return np.inf
    return float(np.linalg.norm(product - np.eye(degree)) / np.sqrt(degree))
