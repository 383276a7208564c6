"""Exact matrices over cyclotomic fields.

M = Σ_k M_k ζ_e^k with rational coefficient matrices M_0, …, M_{φ(e)−1}, each a FLINT `fmpq_mat`; a rational
matrix is the case e = 1. Products convolve the coefficient matrices; elimination expands M to the rational
matrix of its action on Q(ζ_e) ≅ Q^{φ(e)} and reads the answer off FLINT's reduced row echelon form.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd, lcm
from typing import Any, Self

import numpy as np
import sympy
from flint import fmpq, fmpq_mat, fmpz_mat
from numpy.typing import NDArray

from .cyclotomic import Cyclotomic, combine, descend, field_degree, lift, root_powers, to_cyclotomic, to_fmpq
from .errors import BistateError
from .rounding import nearest_float


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

    __slots__ = ("_hash", "_parts", "conductor", "shape")
    shape: tuple[int, int]
    conductor: int
    _parts: tuple[fmpq_mat, ...]
    _hash: int | None

    def __init__(self, rows: Iterable[Iterable[Any]]) -> None:
        table = [[_entry(value) for value in row] for row in rows]
        widths = {len(row) for row in table}
        if len(widths) > 1:
            raise MatrixError(f"rows of different lengths {[len(row) for row in table]}: a matrix needs equal rows")
        shape = (len(table), widths.pop() if widths else 0)
        e = lcm(*(value.conductor for row in table for value in row))
        lifted = [value.over(e) for row in table for value in row]
        parts = [fmpq_mat(*shape, [c[k] for c in lifted]) for k in range(field_degree(e))]
        self._set(parts, e, shape)

    def _set(self, parts: Sequence[fmpq_mat], conductor: int, shape: tuple[int, int]) -> None:
        # A matrix that turned out rational drops its zero parts: everything after is cheaper.
        if conductor > 1 and not any(_nonzero(part) for part in parts[1:]):
            parts, conductor = parts[:1], 1
        for name, value in (
            ("_parts", tuple(parts)),
            ("conductor", conductor),
            ("shape", shape),
            ("_hash", None),
        ):
            object.__setattr__(self, name, value)

    @classmethod
    def _make(cls, parts: Sequence[fmpq_mat], conductor: int) -> Self:
        matrix = cls.__new__(cls)
        matrix._set(parts, conductor, (parts[0].nrows(), parts[0].ncols()))
        return matrix

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an ExactMatrix is immutable; {name!r} cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        return (ExactMatrix, (self.tolist(),))

    # --- constructors ---

    @classmethod
    def identity(cls, size: int) -> Self:
        """The size × size identity."""
        return cls.diagonal([1] * size)

    @classmethod
    def zeros(cls, rows: int, columns: int) -> Self:
        """The rows × columns zero matrix."""
        return cls._make([fmpq_mat(rows, columns)], 1)

    @classmethod
    def diagonal(cls, entries: Iterable[Any]) -> Self:
        """The diagonal matrix with the given entries."""
        values = list(entries)
        return cls([[value if i == j else 0 for j in range(len(values))] for i, value in enumerate(values)])

    @classmethod
    def from_parts(cls, parts: Sequence[fmpq_mat], conductor: int) -> Self:
        """The matrix Σ_k parts[k] ζ_e^k, from φ(e) flint matrices of one shape, not to be changed afterwards."""
        return cls._make(list(parts), conductor)

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
        return cls._make([fmpq_mat(matrix)], 1)

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
        parts = [fmpq_mat(*shape) for _ in range(field_degree(e))]
        for row, column, matrix in placed:
            for part, piece in zip(parts, matrix._over(e), strict=True):
                for k, value in enumerate(piece.entries()):
                    if value:
                        i, j = divmod(k, matrix.shape[1])
                        part[row + i, column + j] = value
        return cls._make(parts, e)

    # --- access ---

    def __getitem__(self, position: tuple[int, int]) -> Cyclotomic:
        i, j = position
        rows, columns = self.shape
        if not (-rows <= i < rows and -columns <= j < columns):
            raise IndexError(f"entry {position!r} of a {rows}×{columns} matrix")
        return Cyclotomic([part[i % rows, j % columns] for part in self._parts], self.conductor)

    def tolist(self) -> list[list[Cyclotomic]]:
        """The entries as nested lists of exact numbers."""
        rows, columns = self.shape
        entries = zip(*(part.entries() for part in self._parts), strict=True)
        flat = [Cyclotomic(coefficients, self.conductor) for coefficients in entries]
        return [flat[i * columns : (i + 1) * columns] for i in range(rows)]

    def submatrix(self, rows: Sequence[int], columns: Sequence[int]) -> ExactMatrix:
        """The entries at the given rows and columns, in the given order."""
        parts = [fmpq_mat(len(rows), len(columns), [part[i, j] for i in rows for j in columns]) for part in self._parts]
        return ExactMatrix._make(parts, self.conductor)

    def column_keys(self, conductor: int) -> list[tuple[int, ...]]:
        """Each column as a hashable tuple: coordinates over Q(ζ_e) as integers over one least denominator.

        Columns are equal exactly when their keys for one conductor, a multiple of the matrix's, are.
        """
        pairs = [part.numer_denom() for part in self._over(conductor)]
        common = lcm(*(int(denominator) for _, denominator in pairs))
        flat = [
            [int(x) * (common // int(denominator)) for x in numerator.entries()] for numerator, denominator in pairs
        ]
        width = self.shape[1]
        columns = (tuple(x for entries in flat for x in entries[j::width]) for j in range(width))
        return [_lowest_terms(column, common) for column in columns]

    @property
    def support(self) -> NDArray[np.bool_]:
        """Where the entries are not zero, as a boolean array of the matrix's shape."""
        found = np.zeros(self.shape[0] * self.shape[1], dtype=bool)
        for part in self._parts:
            found |= np.array([bool(x) for x in part.entries()], dtype=bool)
        return found.reshape(self.shape)

    @property
    def T(self) -> ExactMatrix:
        """The transpose (without conjugation)."""
        return ExactMatrix._make([part.transpose() for part in self._parts], self.conductor)

    @property
    def H(self) -> ExactMatrix:
        """The conjugate transpose."""
        return self.conjugate().T

    def galois(self, k: int) -> ExactMatrix:
        """Every entry under ζ_e ↦ ζ_e^k, e the matrix's conductor and k prime to it."""
        terms = [(i * k, part) for i, part in enumerate(self._parts)]
        return ExactMatrix._make(combine(self.conductor, terms, self._zero_part), self.conductor)

    def conjugate(self) -> ExactMatrix:
        """The entrywise complex conjugate."""
        return self.galois(-1) if self.conductor > 2 else self

    @property
    def _zero_part(self) -> fmpq_mat:
        return fmpq_mat(*self.shape)

    def _over(self, conductor: int) -> Sequence[fmpq_mat]:
        if conductor == self.conductor:
            return self._parts
        return lift(self._parts, self.conductor, conductor, self._zero_part)

    def reduced(self) -> ExactMatrix:
        """The same matrix at its least conductor."""
        parts, e = descend(self._parts, self.conductor, self._zero_part)
        return ExactMatrix._make(parts, e)

    # --- arithmetic ---

    def __matmul__(self, other: object) -> ExactMatrix:
        if not isinstance(other, ExactMatrix):
            return NotImplemented
        if self.shape[1] != other.shape[0]:
            raise MatrixError(f"cannot multiply shapes {self.shape} and {other.shape}: inner sizes differ")
        if self.conductor == other.conductor == 1:
            return ExactMatrix._make([self._parts[0] * other._parts[0]], 1)
        e = lcm(self.conductor, other.conductor)
        left, right = ([(k, p) for k, p in enumerate(m._over(e)) if _nonzero(p)] for m in (self, other))
        terms = [(i + j, a * b) for i, a in left for j, b in right]
        return ExactMatrix._make(combine(e, terms, fmpq_mat(self.shape[0], other.shape[1])), e)

    def __mul__(self, other: object) -> ExactMatrix:
        if isinstance(other, ExactMatrix):
            return self @ other
        scalar = _entry(other)
        if scalar.is_rational:
            return ExactMatrix._make([part * scalar.over(1)[0] for part in self._parts], self.conductor)
        e = lcm(self.conductor, scalar.conductor)
        terms = [(i + j, p * c) for i, p in enumerate(self._over(e)) for j, c in enumerate(scalar.over(e)) if c]
        return ExactMatrix._make(combine(e, terms, self._zero_part), e)

    def __rmul__(self, other: object) -> ExactMatrix:
        return self * other

    def __add__(self, other: object) -> ExactMatrix:
        if not isinstance(other, ExactMatrix):
            return NotImplemented
        if self.shape != other.shape:
            raise MatrixError(f"cannot add shapes {self.shape} and {other.shape}")
        e = lcm(self.conductor, other.conductor)
        return ExactMatrix._make([a + b for a, b in zip(self._over(e), other._over(e), strict=True)], e)

    def __neg__(self) -> ExactMatrix:
        return self * -1

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
        return ExactMatrix([[a * b for a in left for b in right] for left in self.tolist() for right in other.tolist()])

    def trace(self) -> Cyclotomic:
        """The sum of the diagonal entries."""
        self._require_square("a trace")
        diagonals = [sum((p[i, i] for i in range(self.shape[0])), start=fmpq(0)) for p in self._parts]
        return Cyclotomic(diagonals, self.conductor)

    # --- linear algebra ---

    def rref(self) -> tuple[ExactMatrix, tuple[int, ...]]:
        """The reduced row echelon form over the field, and its pivot columns."""
        width = field_degree(self.conductor)
        echelon, rank = self._expanded().rref()
        # Expanding an echelon form block by block gives an echelon form, and echelon forms are unique:
        # so the rational echelon form is the expansion of the cyclotomic one.
        parts = [fmpq_mat(*self.shape) for _ in range(width)]
        pivots = []
        for i in range(rank // width):
            pivot = next(j for j in range(self.shape[1]) if echelon[i * width, j * width])
            pivots.append(pivot)
            for j in range(pivot, self.shape[1]):
                for k, part in enumerate(parts):
                    part[i, j] = echelon[i * width + k, j * width]
        return ExactMatrix._make(parts, self.conductor), tuple(pivots)

    def _expanded(self) -> fmpq_mat:
        """The rational matrix of the action on coordinates: entry x becomes the matrix of y ↦ x·y."""
        if self.conductor == 1:
            return self._parts[0]
        width, table = field_degree(self.conductor), root_powers(self.conductor)
        rows, columns = self.shape
        expanded = fmpq_mat(rows * width, columns * width)
        for shift, part in enumerate(self._parts):
            for position, value in enumerate(part.entries()):
                if not value:
                    continue
                i, j = divmod(position, columns)
                for c in range(width):
                    for r, factor in enumerate(table[(shift + c) % self.conductor]):
                        if factor:
                            expanded[i * width + r, j * width + c] += value * factor
        return expanded

    def rank(self) -> int:
        """The rank over the field."""
        return int(self._expanded().rank()) // field_degree(self.conductor)

    def kernel(self) -> ExactMatrix:
        """A basis of {x : M x = 0} as columns, shape (columns, nullity)."""
        echelon, pivots = self.rref()
        columns = self.shape[1]
        free = [j for j in range(columns) if j not in pivots]
        if not free:
            return ExactMatrix.zeros(columns, 0)
        solved = (-echelon.submatrix(range(len(pivots)), free)).tolist()
        basis: list[list[Any]] = [[0] * len(free) for _ in range(columns)]
        for row, pivot in zip(solved, pivots, strict=True):
            basis[pivot] = list(row)
        for position, j in enumerate(free):
            basis[j][position] = 1
        return ExactMatrix(basis)

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
        e = lcm(self.conductor, right.conductor)
        try:
            if e == 1:
                return ExactMatrix._make([self._parts[0].solve(right._parts[0])], 1)
            lifted = ExactMatrix._lifted(self, e)._expanded()
            stacked = _stack_coordinates(right._over(e))
            return ExactMatrix._make(_unstack_coordinates(lifted.solve(stacked), field_degree(e)), e)
        except ZeroDivisionError:
            raise MatrixError(
                f"a {self.shape[0]}×{self.shape[0]} matrix of rank {self.rank()} has no inverse"
            ) from None

    @classmethod
    def _lifted(cls, matrix: ExactMatrix, conductor: int) -> ExactMatrix:
        """The matrix over a larger field, kept there even if it is rational."""
        lifted = cls.__new__(cls)
        for name, value in (
            ("_parts", tuple(matrix._over(conductor))),
            ("conductor", conductor),
            ("shape", matrix.shape),
            ("_hash", None),
        ):
            object.__setattr__(lifted, name, value)
        return lifted

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
        return all(a == b for a, b in zip(self._over(e), other._over(e), strict=True))

    def __hash__(self) -> int:
        if self._hash is None:
            least = self.reduced()
            entries = tuple((int(c.p), int(c.q)) for part in least._parts for c in part.entries())
            object.__setattr__(self, "_hash", hash((self.shape, least.conductor, entries)))
        return self._hash  # type: ignore[return-value]

    @property
    def is_zero(self) -> bool:
        """Whether every entry is zero."""
        return not any(_nonzero(part) for part in self._parts)

    @property
    def is_identity(self) -> bool:
        """Whether this is a square identity matrix."""
        return self.shape[0] == self.shape[1] and self == ExactMatrix.identity(self.shape[0])

    @property
    def is_rational(self) -> bool:
        """Whether every entry is rational."""
        return self.reduced().conductor == 1

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


def _nonzero(part: fmpq_mat) -> bool:
    return not part.numer_denom()[0].is_zero()


def _stack_coordinates(parts: Sequence[fmpq_mat]) -> fmpq_mat:
    """Coefficient matrices as one rational matrix whose rows run over (entry row, coordinate)."""
    rows, columns = parts[0].nrows(), parts[0].ncols()
    return fmpq_mat(
        rows * len(parts),
        columns,
        [part[i, j] for i in range(rows) for part in parts for j in range(columns)],
    )


def _unstack_coordinates(stacked: fmpq_mat, width: int) -> list[fmpq_mat]:
    rows, columns = stacked.nrows() // width, stacked.ncols()
    return [
        fmpq_mat(rows, columns, [stacked[i * width + k, j] for i in range(rows) for j in range(columns)])
        for k in range(width)
    ]


def _rounded(part: fmpq_mat, shape: tuple[int, int], dtype: Any) -> NDArray[Any]:
    """A rational matrix, entry by entry the nearest float."""
    if np.dtype(dtype) == np.float64:
        flat = [int(c.p) / int(c.q) for c in part.entries()]  # int division is correctly rounded
    else:
        flat = [nearest_float(Cyclotomic([to_fmpq(c)]), dtype) for c in part.entries()]
    return np.array(flat, dtype=dtype).reshape(shape)
