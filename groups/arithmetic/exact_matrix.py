"""Exact matrices over cyclotomic fields.

How they are kept, made and read stands in `bistate.groups.arithmetic.coefficient_matrix`; what is here calculates.
Elimination works modulo primes: see `bistate.groups.arithmetic.elimination`.
"""

from __future__ import annotations

from math import lcm

from flint import fmpq, fmpz_mat

from ..errors import MatrixError
from . import elimination
from .coefficient_matrix import CoefficientMatrix, exact_entry
from .coefficient_products import product_terms
from .cyclotomic import Cyclotomic
from .cyclotomic_field import combine
from .matrix_assembly import integers_over_denominator, kronecker


class ExactMatrix(CoefficientMatrix):
    """An immutable matrix over Q(ζ_e) with exact arithmetic and exact equality.

    Entries may be ints, Fractions, SymPy rationals, flint rationals and `Cyclotomic` numbers; floats are
    refused. Operators: `@` (also `*` between matrices), `*` with a scalar, `+`, `-`, `**`, `==`.
    `M[i, j]` is a `Cyclotomic`; `repr` parses back.

    Raises:
        MatrixError: for ragged rows, inexact entries, or shapes that do not fit.

    Example:
        >>> from bistate.groups import E
        >>> rotation = ExactMatrix([[0, -1], [1, -1]])
        >>> rotation**3 == ExactMatrix.identity(2), rotation.trace()
        (True, -1)
        >>> ExactMatrix([[E(3), 1], [0, E(3)**2]]).inverse()
        ExactMatrix([[-1 - E(3), -1], [0, E(3)]])
    """

    __slots__ = ()

    # --- arithmetic ---

    def __matmul__(self, other: object) -> ExactMatrix:
        if not isinstance(other, ExactMatrix):
            return NotImplemented
        if self.shape[1] != other.shape[0]:
            raise MatrixError(f"cannot multiply shapes {self.shape} and {other.shape}: inner sizes differ")
        denominator = self._denominator * other._denominator
        if self.conductor == other.conductor == 1:
            return ExactMatrix.from_integers([self._numerators[0] * other._numerators[0]], 1, denominator)
        e = lcm(self.conductor, other.conductor)
        terms = product_terms(self._integers(e, self._denominator), other._integers(e, other._denominator))
        return ExactMatrix.from_integers(combine(e, terms, fmpz_mat(self.shape[0], other.shape[1])), e, denominator)

    def __mul__(self, other: object) -> ExactMatrix:
        if isinstance(other, ExactMatrix):
            return self @ other
        scalar = exact_entry(other)
        e = lcm(self.conductor, scalar.conductor)
        factors, common = integers_over_denominator(scalar.over(e if scalar.conductor > 1 else 1))
        if len(factors) == 1:
            numerators = [part * factors[0] for part in self._numerators]
        else:
            parts = self._integers(e, self._denominator)
            terms = [(i + j, part * c) for i, part in enumerate(parts) for j, c in enumerate(factors) if c]
            numerators = combine(e, terms, fmpz_mat(*self.shape))
        return ExactMatrix.from_integers(numerators, e, self._denominator * common)

    def __rmul__(self, other: object) -> ExactMatrix:
        return self * other

    def __add__(self, other: object) -> ExactMatrix:
        if not isinstance(other, ExactMatrix):
            return NotImplemented
        if self.shape != other.shape:
            raise MatrixError(f"cannot add shapes {self.shape} and {other.shape}")
        e = lcm(self.conductor, other.conductor)
        common = lcm(self._denominator, other._denominator)
        pairs = zip(self._integers(e, common), other._integers(e, common), strict=True)
        return ExactMatrix.from_integers([a + b for a, b in pairs], e, common)

    def __neg__(self) -> ExactMatrix:
        return ExactMatrix.from_integers([-part for part in self._numerators], self.conductor, self._denominator)

    def __sub__(self, other: object) -> ExactMatrix:
        return self + (-other) if isinstance(other, ExactMatrix) else NotImplemented

    def __pow__(self, exponent: int) -> ExactMatrix:
        self._require_square("a power")
        result, base = ExactMatrix.identity(self.shape[0]), self if exponent >= 0 else self.inverse()
        remaining = abs(exponent)
        while remaining:
            if remaining & 1:
                result = result @ base
            base, remaining = base @ base if remaining > 1 else base, remaining >> 1
        return result

    def kronecker(self, other: ExactMatrix) -> ExactMatrix:
        """The Kronecker product: block (i, j) is self[i, j] · other."""
        e = lcm(self.conductor, other.conductor)
        terms = [
            (i * (e // self.conductor) + j * (e // other.conductor), kronecker(a, b))
            for i, a in enumerate(self._numerators)
            if not a.is_zero()
            for j, b in enumerate(other._numerators)
            if not b.is_zero()
        ]
        shape = (self.shape[0] * other.shape[0], self.shape[1] * other.shape[1])
        return ExactMatrix.from_integers(combine(e, terms, fmpz_mat(*shape)), e, self._denominator * other._denominator)

    def trace(self) -> Cyclotomic:
        """The sum of the diagonal entries."""
        self._require_square("a trace")
        diagonals = [sum((int(p[i, i]) for i in range(self.shape[0])), start=0) for p in self._numerators]
        return Cyclotomic([fmpq(x, self._denominator) for x in diagonals], self.conductor)

    # --- linear algebra ---

    def rref(self) -> tuple[ExactMatrix, tuple[int, ...]]:
        """The reduced row echelon form over the field, and its pivot columns."""
        found, pivots = elimination.row_reduced(self._numerators, self.conductor)
        return ExactMatrix.from_integers(found.parts, self.conductor, found.denominator), tuple(pivots)

    def rank(self) -> int:
        """The rank over the field."""
        return elimination.rank(self._numerators, self.conductor)

    def kernel(self) -> ExactMatrix:
        """A basis of {x : M x = 0} as columns, shape (columns, nullity)."""
        found = elimination.kernel(self._numerators, self.conductor)
        return ExactMatrix.from_integers(found.parts, self.conductor, found.denominator)

    def det(self) -> Cyclotomic:
        """The determinant; 1 for a 0 × 0 matrix.

        Raises:
            MatrixError: if the matrix is not square.
        """
        self._require_square("a determinant")
        scale = self._denominator ** self.shape[0]
        return Cyclotomic(
            [fmpq(x, scale) for x in elimination.determinant(self._numerators, self.conductor)], self.conductor
        )

    def charpoly(self) -> list[Cyclotomic]:
        """The coefficients c_0, …, c_n of det(x − M) = Σ_k c_k x^k; c_n = 1.

        Raises:
            MatrixError: if the matrix is not square.
        """
        self._require_square("a characteristic polynomial")
        found = elimination.charpoly(self._numerators, self.conductor)
        scales = [self._denominator ** (self.shape[0] - k) for k in range(len(found))]
        return [
            Cyclotomic([fmpq(x, scale) for x in entry], self.conductor)
            for entry, scale in zip(found, scales, strict=True)
        ]

    def minimal_polynomial(self) -> list[Cyclotomic]:
        """The coefficients c_0, …, c_d of the polynomial of least degree with Σ_k c_k M^k = 0; c_d = 1.

        The first power of M that is a combination of those before it says which.

        Raises:
            MatrixError: if the matrix is not square.

        Example:
            >>> [int(c.to_fraction()) for c in ExactMatrix.permutation([1, 0, 3, 2]).minimal_polynomial()]
            [-1, 0, 1]
        """
        self._require_square("a minimal polynomial")
        power, columns = ExactMatrix.identity(self.shape[0]), []
        for _ in range(self.shape[0] + 1):
            columns.append(ExactMatrix.column([value for row in power.tolist() for value in row]))
            power = self @ power
        reduced, pivots = ExactMatrix.hstack(columns).rref()
        degree = next(k for k in range(len(columns)) if k not in pivots)
        return [*(-reduced[k, degree] for k in range(degree)), Cyclotomic([1])]

    def inverse(self) -> ExactMatrix:
        """The inverse matrix.

        Raises:
            MatrixError: if the matrix is not square or not invertible.
        """
        self._require_square("an inverse")
        return self.solve(ExactMatrix.identity(self.shape[0]))

    def solve(self, right: ExactMatrix) -> ExactMatrix:
        """The solution X of M X = right for an invertible M.

        Raises:
            MatrixError: if M is not square or not invertible.
        """
        self._require_square("a unique solution")
        if right.shape[0] != self.shape[0]:
            raise MatrixError(f"cannot solve M X = B for shapes {self.shape} and {right.shape}: heights differ")
        e = lcm(self.conductor, right.conductor)
        try:
            found = elimination.solve(self._integers(e, self._denominator), right._integers(e, right._denominator), e)
        except ZeroDivisionError:
            raise MatrixError(
                f"a {self.shape[0]}×{self.shape[0]} matrix of rank {self.rank()} has no inverse"
            ) from None
        # (N/d) X = R/r, so that X = (d/r) N⁻¹ R.
        numerators = [part * self._denominator for part in found.parts]
        return ExactMatrix.from_integers(numerators, e, found.denominator * right._denominator)

    def _require_square(self, what: str) -> None:
        if self.shape[0] != self.shape[1]:
            raise MatrixError(f"a matrix of shape {self.shape} is not square, so it has not got {what}")
