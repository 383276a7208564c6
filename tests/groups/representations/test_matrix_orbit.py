"""Finite matrix groups on orbits of vectors: orders from the literature, and a faithful homomorphism."""

import numpy as np
import pytest
import sympy
from bistate.groups import E, ExactMatrix, MatrixError, PermutationGroup, TooLargeError, identify
from bistate.groups.representations.matrix_orbit import matrix_orbit

IMAG = sympy.I
HALF = sympy.Rational(1, 2)
CASES = {
    "Q8": ([sympy.Matrix([[IMAG, 0], [0, -IMAG]]), sympy.Matrix([[0, 1], [-1, 0]])], 8),
    "SL(2,3)": ([[[E(4), 0], [0, -E(4)]], HALF * sympy.Matrix([[1 + IMAG, -1 + IMAG], [1 + IMAG, 1 - IMAG]])], 24),
    "D4": ([np.array([[0, -1], [1, 0]]), np.array([[0, 1], [1, 0]])], 8),
    "D6": ([[[0, -1], [1, 1]], [[0, 1], [1, 0]]], 12),
    "B3": ([np.diag([-1, 1, 1]), np.eye(3, dtype=int)[[1, 0, 2]], np.eye(3, dtype=int)[[0, 2, 1]]], 48),
    "G(3,1,2)": ([ExactMatrix([[E(3), 0], [0, 1]]), [[0, 1], [1, 0]]], 18),
    "C1": ([[[1]]], 1),
}


@pytest.mark.parametrize("name", CASES)
def test_groups_of_matrices(name: str) -> None:
    generators, order = CASES[name]
    G, rho = PermutationGroup.from_matrices(generators)
    assert G.order == order
    assert rho.verify()
    found = matrix_orbit(generators)
    assert G.generators == found.permutations
    assert [rho(g) for g in G.generators] == list(found.matrices)
    assert len({str(m) for m in rho.matrices()}) == order  # faithful
    for matrix, permutation in zip(found.matrices, found.permutations, strict=True):
        moved = found.vectors.submatrix(range(matrix.shape[0]), permutation)
        assert matrix @ found.vectors == moved
        assert found.matrix(permutation) == matrix


def test_names() -> None:
    assert identify(PermutationGroup.from_matrices(CASES["Q8"][0])[0]) == "Q8"
    assert identify(PermutationGroup.from_matrices(CASES["SL(2,3)"][0])[0]) == "SL(2,3)"


@pytest.mark.parametrize(
    ("generators", "said"),
    [
        ([], "at least one matrix"),
        ([[[1, 1]]], r"shapes \(1, 2\) and \(1, 2\)"),
        ([[[1]], [[1, 0], [0, 1]]], r"shapes \(1, 1\) and \(2, 2\)"),
        ([[[1, 1], [1, 1]]], "has no inverse"),
        ([[[1.0]]], "not an exact"),
        ([np.array([[0.0, 1.0], [1.0, 0.0]])], "not an exact"),
        ([sympy.Matrix([[sympy.sqrt(2)]])], r"E\(8\) \+ E\(8\)\*\*7"),
        ([5], "rows of exact numbers"),
    ],
)
def test_matrices_that_generate_no_group(generators: list, said: str) -> None:
    with pytest.raises(MatrixError, match=said):
        PermutationGroup.from_matrices(generators)


@pytest.mark.parametrize("matrix", [[[1, 1], [0, 1]], [[2]], [[sympy.Rational(1, 2)]]])
def test_infinite_groups_are_refused(matrix: list) -> None:
    with pytest.raises(TooLargeError, match="more than 5000 vectors: the group that they generate is infinite"):
        PermutationGroup.from_matrices([matrix])
