"""Exact matrices over cyclotomic fields.

M = (Σ_k N_k ζ_e^k)/d with integer coefficient matrices N_0, …, N_{φ(e)−1}, each a FLINT `fmpz_mat`, over one positive
denominator d; a rational matrix is the case e = 1. The fraction is brought to lowest terms only when d grows long, so
that products are products of integer matrices. Elimination works modulo primes: see `bistate.groups.elimination`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd, lcm
from typing import Any, Self

import numpy as np
import sympy
from flint import fmpq, fmpq_mat, fmpz, fmpz_mat
from numpy.typing import NDArray

from . import elimination
from .coefficient_products import product_terms
from .cyclotomic import Cyclotomic, combine, descend, field_degree, lift, to_cyclotomic
from .errors import BistateError
from .rounding import nearest_float

_LONG_DENOMINATOR = 64  # bits above which a fraction is reduced


class MatrixError(BistateError):
    """Entries, shapes or operations that do not make an exact matrix."""


class ExactMatrix:
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

    __slots__ = ("_denominator", "_hash", "_numerators", "_rational", "conductor", "shape")
    shape: tuple[int, int]
    conductor: int
    _numerators: tuple[fmpz_mat, ...]
    _denominator: int
    _rational: tuple[fmpq_mat, ...] | None
    _hash: int | None

    def __init__(self, rows: Iterable[Iterable[Any]]) -> None:
        table = [[_entry(value) for value in row] for row in rows]
        widths = {len(row) for row in table}
        if len(widths) > 1:
            raise MatrixError(f"rows of different lengths {[len(row) for row in table]}: a matrix needs equal rows")
        shape = (len(table), widths.pop() if widths else 0)
        e = lcm(*(value.conductor for row in table for value in row))
        lifted = [value.over(e) for row in table for value in row]
        denominator = lcm(*(int(c.q) for entry in lifted for c in entry))
        scaled = [
            [c.p if denominator == 1 else int(c.p) * (denominator // int(c.q)) for c in entry] for entry in lifted
        ]
        self._set([fmpz_mat(*shape, [entry[k] for entry in scaled]) for k in range(field_degree(e))], denominator, e)

    def _set(self, numerators: Sequence[fmpz_mat], denominator: int, conductor: int) -> None:
        # A matrix that turned out rational drops its zero parts: everything after is cheaper.
        if conductor > 1 and all(part.is_zero() for part in numerators[1:]):
            numerators, conductor = numerators[:1], 1
        if denominator.bit_length() > _LONG_DENOMINATOR:
            numerators, denominator = _lowest_parts(numerators, denominator)
        put = object.__setattr__
        put(self, "_numerators", tuple(numerators))
        put(self, "_denominator", denominator)
        put(self, "conductor", conductor)
        put(self, "shape", (numerators[0].nrows(), numerators[0].ncols()))
        put(self, "_hash", None)
        put(self, "_rational", None)

    @classmethod
    def from_integers(cls, numerators: Sequence[fmpz_mat], conductor: int = 1, denominator: int = 1) -> Self:
        """The matrix (Σ_k numerators[k] ζ_e^k) / denominator, from φ(e) flint matrices of one shape.

        The flint matrices are not to be changed afterwards. The fraction need not be in lowest terms.

        Args:
            numerators: φ(e) integer matrices.
            conductor: e.
            denominator: a positive integer.
        """
        matrix = cls.__new__(cls)
        matrix._set(numerators, denominator, conductor)
        return matrix

    @property
    def _parts(self) -> tuple[fmpq_mat, ...]:
        """The rational coefficient matrices, in lowest terms: M = Σ_k _parts[k] ζ_e^k."""
        if self._rational is None:
            rational = tuple(_over_denominator(part, self._denominator) for part in self._numerators)
            object.__setattr__(self, "_rational", rational)
        return self._rational  # type: ignore[return-value]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an ExactMatrix is immutable; {name!r} cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        return (ExactMatrix, (self.tolist(),))

    # --- constructors ---

    @classmethod
    def identity(cls, size: int) -> Self:
        """The size × size identity."""
        matrix = fmpz_mat(size, size)
        for i in range(size):
            matrix[i, i] = 1
        return cls.from_integers([matrix])

    @classmethod
    def zeros(cls, rows: int, columns: int) -> Self:
        """The rows × columns zero matrix."""
        return cls.from_integers([fmpz_mat(rows, columns)])

    @classmethod
    def diagonal(cls, entries: Iterable[Any]) -> Self:
        """The diagonal matrix with the given entries."""
        values = list(entries)
        return cls([[value if i == j else 0 for j in range(len(values))] for i, value in enumerate(values)])

    @classmethod
    def from_parts(cls, parts: Sequence[fmpq_mat], conductor: int) -> Self:
        """The matrix Σ_k parts[k] ζ_e^k, from φ(e) rational flint matrices of one shape."""
        numerators, denominator = _common_denominator(parts)
        return cls.from_integers(numerators, conductor, denominator)

    @classmethod
    def column(cls, entries: Iterable[Any]) -> Self:
        """The entries as a column."""
        return cls([[value] for value in entries])

    @classmethod
    def from_sympy(cls, matrix: Any) -> Self:
        """A SymPy matrix of rationals (for cyclotomic entries build them with `E`).

        Raises:
            MatrixError: for an entry that is not rational.
        """
        return cls(matrix.tolist())

    @classmethod
    def permutation(cls, images: Sequence[int]) -> Self:
        """The matrix with column j equal to e_{images[j]}, for any map of the points: e_j ↦ e_{images[j]}."""
        size = len(images)
        matrix = fmpz_mat(size, size)
        for j, i in enumerate(images):
            matrix[i, j] = 1
        return cls.from_integers([matrix])

    @classmethod
    def block_diagonal(cls, blocks: Iterable[ExactMatrix]) -> Self:
        """The matrix with the given square or rectangular blocks down its diagonal."""
        placed, row, column = [], 0, 0
        for block in blocks:
            placed.append((row, column, block))
            row, column = row + block.shape[0], column + block.shape[1]
        return cls._assembled((row, column), placed)

    @classmethod
    def hstack(cls, matrices: Iterable[ExactMatrix]) -> Self:
        """Matrices of equal height side by side.

        Raises:
            MatrixError: if the heights differ.
        """
        placed, column, heights = [], 0, set[int]()
        for matrix in matrices:
            placed.append((0, column, matrix))
            column += matrix.shape[1]
            heights.add(matrix.shape[0])
        if len(heights) != 1:
            raise MatrixError(f"matrices of heights {sorted(heights)} do not stand side by side")
        return cls._assembled((heights.pop(), column), placed)

    @classmethod
    def vstack(cls, matrices: Iterable[ExactMatrix]) -> ExactMatrix:
        """Matrices of equal width on top of each other.

        Raises:
            MatrixError: if the widths differ.
        """
        return cls.hstack(matrix.T for matrix in matrices).T

    @classmethod
    def _assembled(cls, shape: tuple[int, int], placed: Sequence[tuple[int, int, ExactMatrix]]) -> Self:
        """A matrix of zeros with smaller matrices set in at (row, column)."""
        e = lcm(*(matrix.conductor for _, _, matrix in placed))
        denominator = lcm(*(matrix._denominator for _, _, matrix in placed))
        flat: list[list[Any]] = [[0] * (shape[0] * shape[1]) for _ in range(field_degree(e))]
        for row, column, matrix in placed:
            width = matrix.shape[1]
            for entries, piece in zip(flat, matrix._integers(e, denominator), strict=True):
                values = piece.entries()
                for i in range(matrix.shape[0]):
                    begin = (row + i) * shape[1] + column
                    entries[begin : begin + width] = values[i * width : (i + 1) * width]
        return cls.from_integers([fmpz_mat(*shape, entries) for entries in flat], e, denominator)

    # --- access ---

    def __getitem__(self, position: tuple[int, int]) -> Cyclotomic:
        i, j = position
        rows, columns = self.shape
        if not (-rows <= i < rows and -columns <= j < columns):
            raise IndexError(f"entry {position!r} of a {rows}×{columns} matrix")
        numerators = [part[i % rows, j % columns] for part in self._numerators]
        return Cyclotomic([fmpq(x, self._denominator) for x in numerators], self.conductor)

    def tolist(self) -> list[list[Cyclotomic]]:
        """The entries as nested lists of exact numbers."""
        rows, columns = self.shape
        coordinates = zip(*(part.entries() for part in self._numerators), strict=True)
        known: dict[tuple[int, ...], Cyclotomic] = {}  # entries repeat: each value is made once
        flat = []
        for entry in coordinates:
            key = tuple(map(int, entry))
            if key not in known:
                known[key] = Cyclotomic([fmpq(x, self._denominator) for x in key], self.conductor)
            flat.append(known[key])
        return [flat[i * columns : (i + 1) * columns] for i in range(rows)]

    def submatrix(self, rows: Sequence[int], columns: Sequence[int]) -> ExactMatrix:
        """The entries at the given rows and columns, in the given order."""
        numerators = elimination.select(self._numerators, rows, columns)
        return ExactMatrix.from_integers(numerators, self.conductor, self._denominator)

    def column_keys(self, conductor: int) -> list[tuple[int, ...]]:
        """Each column as a hashable tuple: coordinates over Q(ζ_e) as integers over one least denominator.

        Columns are equal exactly when their keys for one conductor, a multiple of the matrix's, are.
        """
        numerators, common = _lowest_parts(self._integers(conductor, self._denominator), self._denominator)
        flat = [[int(x) for x in part.entries()] for part in numerators]
        width = self.shape[1]
        columns = (tuple(x for entries in flat for x in entries[j::width]) for j in range(width))
        return [_lowest_terms(column, common) for column in columns]

    @property
    def support(self) -> NDArray[np.bool_]:
        """Where the entries are not zero, as a boolean array of the matrix's shape."""
        found = np.zeros(self.shape[0] * self.shape[1], dtype=bool)
        for part in self._numerators:
            found |= np.array([bool(x) for x in part.entries()], dtype=bool)
        return found.reshape(self.shape)

    @property
    def T(self) -> ExactMatrix:
        """The transpose (without conjugation)."""
        transposed = [part.transpose() for part in self._numerators]
        return ExactMatrix.from_integers(transposed, self.conductor, self._denominator)

    @property
    def H(self) -> ExactMatrix:
        """The conjugate transpose."""
        return self.conjugate().T

    def galois(self, k: int) -> ExactMatrix:
        """Every entry under ζ_e ↦ ζ_e^k, e the matrix's conductor and k prime to it."""
        terms = [(i * k, part) for i, part in enumerate(self._numerators)]
        numerators = combine(self.conductor, terms, fmpz_mat(*self.shape))
        return ExactMatrix.from_integers(numerators, self.conductor, self._denominator)

    def conjugate(self) -> ExactMatrix:
        """The entrywise complex conjugate."""
        return self.galois(-1) if self.conductor > 2 else self

    def _over(self, conductor: int) -> Sequence[fmpq_mat]:
        """The rational coefficient matrices over a larger field."""
        return (
            self._parts
            if conductor == self.conductor
            else lift(self._parts, self.conductor, conductor, fmpq_mat(*self.shape))
        )

    def _integers(self, conductor: int, denominator: int) -> Sequence[fmpz_mat]:
        """The integer coefficient matrices over a larger field and a multiple of the denominator."""
        found: Sequence[fmpz_mat] = self._numerators
        if conductor != self.conductor:
            found = lift(found, self.conductor, conductor, fmpz_mat(*self.shape))
        factor = denominator // self._denominator
        return found if factor == 1 else [part * factor for part in found]

    def reduced(self) -> ExactMatrix:
        """The same matrix at its least conductor."""
        parts, e = descend(self._parts, self.conductor, fmpq_mat(*self.shape))
        return self if e == self.conductor else ExactMatrix.from_parts(parts, e)

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
        scalar = _entry(other)
        e = lcm(self.conductor, scalar.conductor)
        coordinates = scalar.over(e if scalar.conductor > 1 else 1)
        common = lcm(*(int(c.q) for c in coordinates))
        factors = [int(c.p) * (common // int(c.q)) for c in coordinates]
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
        left, right = self._integers(e, self._denominator), other._integers(e, other._denominator)
        terms = [(i + j, _kronecker(a, b)) for i, a in enumerate(left) for j, b in enumerate(right)]
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
        pivots, free, block = elimination.echelon(self._numerators, self.conductor)
        columns = self.shape[1]
        flat = [[0] * (self.shape[0] * columns) for _ in block.parts]
        for i, pivot in enumerate(pivots):
            flat[0][i * columns + pivot] = block.denominator
        for entries, part in zip(flat, block.parts, strict=True):
            for i, row in enumerate(part.tolist()):
                for j, value in zip(free, row, strict=True):
                    entries[i * columns + j] = value
        numerators = [fmpz_mat(*self.shape, entries) for entries in flat]
        return ExactMatrix.from_integers(numerators, self.conductor, block.denominator), tuple(pivots)

    def rank(self) -> int:
        """The rank over the field."""
        return elimination.rank(self._numerators, self.conductor)

    def kernel(self) -> ExactMatrix:
        """A basis of {x : M x = 0} as columns, shape (columns, nullity)."""
        pivots, free, block = elimination.echelon(self._numerators, self.conductor)
        rows, width = self.shape[1], len(free)
        flat = [[0] * (rows * width) for _ in block.parts]
        for position, j in enumerate(free):
            flat[0][j * width + position] = block.denominator
        for entries, part in zip(flat, block.parts, strict=True):
            for pivot, row in zip(pivots, (-part).tolist(), strict=True):
                entries[pivot * width : (pivot + 1) * width] = row
        numerators = [fmpz_mat(rows, width, entries) for entries in flat]
        return ExactMatrix.from_integers(numerators, self.conductor, block.denominator)

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

    # --- predicates ---

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ExactMatrix):
            return NotImplemented
        if self.shape != other.shape:
            return False
        e = lcm(self.conductor, other.conductor)
        common = lcm(self._denominator, other._denominator)
        return all(a == b for a, b in zip(self._integers(e, common), other._integers(e, common), strict=True))

    def __hash__(self) -> int:
        if self._hash is None:
            least = self.reduced()
            numerators, denominator = _lowest_parts(least._numerators, least._denominator)
            entries = tuple(int(x) for part in numerators for x in part.entries())
            object.__setattr__(self, "_hash", hash((self.shape, least.conductor, denominator, entries)))
        return self._hash  # type: ignore[return-value]

    @property
    def is_zero(self) -> bool:
        """Whether every entry is zero."""
        return all(part.is_zero() for part in self._numerators)

    @property
    def is_identity(self) -> bool:
        """Whether this is a square identity matrix."""
        return self.shape[0] == self.shape[1] and self == ExactMatrix.identity(self.shape[0])

    @property
    def is_rational(self) -> bool:
        """Whether every entry is rational."""
        return self.conductor == 1  # 1 is the first basis element of every field

    @property
    def is_real(self) -> bool:
        """Whether every entry is real."""
        return self == self.conjugate()

    # --- conversions ---

    def to_sympy(self) -> Any:
        """The same matrix as a SymPy `Matrix`, without loss."""
        return sympy.Matrix(*self.shape, [value.to_sympy() for row in self.tolist() for value in row])

    def to_numpy(self, dtype: Any = complex) -> NDArray[Any]:
        """The matrix as an array whose real and imaginary parts are correctly rounded.

        Args:
            dtype: complex128, complex64, float64 or float32; a real dtype needs a real matrix; `object`
                gives the exact `Cyclotomic` entries.

        Raises:
            MatrixError: for a real dtype when an entry is not real, or an unsupported dtype.
        """
        kind = np.dtype(dtype)
        if kind.kind == "O":
            return np.array(self.tolist(), dtype=object).reshape(self.shape)
        if kind.kind not in "fc" or kind.itemsize > (8 if kind.kind == "f" else 16):
            raise MatrixError(f"to_numpy({dtype!r}): give complex128, complex64, float64, float32 or object")
        part = np.empty(0, dtype=kind).real.dtype
        if self.conductor == 1:
            return _rounded(self._parts[0], self.shape, part).astype(kind)
        entries = np.array(self.tolist(), dtype=object).reshape(self.shape)
        real = np.array([nearest_float(x.real, part) for x in entries.flat], dtype=part).reshape(self.shape)
        if self.is_real:
            return real.astype(kind)
        if kind.kind == "f":
            raise MatrixError(f"the matrix has entries that are not real; to_numpy({dtype!r}) would drop a part")
        imag = np.array([nearest_float(x.imag, part) for x in entries.flat], dtype=part).reshape(self.shape)
        return (real + 1j * imag).astype(kind)

    def __repr__(self) -> str:
        if 0 in self.shape:
            return f"ExactMatrix.zeros({self.shape[0]}, {self.shape[1]})"
        return f"ExactMatrix({self.tolist()!r})"

    def __str__(self) -> str:
        rows = [[str(value) for value in row] for row in self.tolist()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("[" + "  ".join(t.rjust(w) for t, w in zip(r, widths, strict=True)) + "]" for r in rows)


def _entry(value: Any) -> Cyclotomic:
    try:
        return to_cyclotomic(value)
    except BistateError as error:
        raise MatrixError(f"matrix entry {error}") from None


def _lowest_terms(numerators: tuple[int, ...], denominator: int) -> tuple[int, ...]:
    """The fraction of a whole vector in lowest terms: (denominator, *numerators)."""
    common = gcd(denominator, *numerators)
    return (denominator // common, *(x // common for x in numerators)) if common > 1 else (denominator, *numerators)


def _over_denominator(part: fmpz_mat, denominator: int) -> fmpq_mat:
    return fmpq_mat(part) if denominator == 1 else fmpq_mat(part) / denominator


def _common_denominator(parts: Sequence[fmpq_mat]) -> tuple[list[fmpz_mat], int]:
    """Rational matrices as integer matrices over their least common denominator."""
    pairs = [(numerator, int(denominator)) for numerator, denominator in (part.numer_denom() for part in parts)]
    common = lcm(*(denominator for _, denominator in pairs))
    return [n if d == common else n * (common // d) for n, d in pairs], common


def _lowest_parts(numerators: Sequence[fmpz_mat], denominator: int) -> tuple[Sequence[fmpz_mat], int]:
    """(Σ_k numerators[k] ζ^k)/denominator in lowest terms."""
    common = fmpz(denominator)
    for part in numerators:
        for entry in part.entries():
            if common == 1:  # so it is after a few entries, unless there is something to divide out
                return numerators, denominator
            common = common.gcd(entry)
    if common == 1:
        return numerators, denominator
    return [_divided(part, int(common)) for part in numerators], denominator // int(common)


def _divided(part: fmpz_mat, divisor: int) -> fmpz_mat:
    """The quotient part / divisor, where the division leaves no remainder."""
    quotient: fmpz_mat = (fmpq_mat(part) / divisor).numer_denom()[0]
    return quotient


def _kronecker(a: fmpz_mat, b: fmpz_mat) -> fmpz_mat:
    entries = [x * y for left in a.table() for right in b.table() for x in left for y in right]
    return fmpz_mat(a.nrows() * b.nrows(), a.ncols() * b.ncols(), entries)


def _rounded(part: fmpq_mat, shape: tuple[int, int], dtype: Any) -> NDArray[Any]:
    """A rational matrix, entry by entry the nearest float."""
    if np.dtype(dtype) == np.float64:
        flat = [int(c.p) / int(c.q) for c in part.entries()]  # int division is correctly rounded
    else:
        flat = [nearest_float(Cyclotomic([c]), dtype) for c in part.entries()]
    return np.array(flat, dtype=dtype).reshape(shape)
