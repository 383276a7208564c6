"""The data of an exact matrix: made, read, compared, cut and put together; `exact_matrix` calculates with it.

M = (Σ_k N_k ζ_e^k)/d with integer coefficient matrices N_0, …, N_{φ(e)−1}, each a FLINT `fmpz_mat`, over one positive
denominator d; a rational matrix is the case e = 1. The fraction is brought to lowest terms only when d grows long, so
that products are products of integer matrices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import lcm
from typing import Any, Self

import numpy as np
import sympy
from flint import fmpq, fmpq_mat, fmpz_mat
from numpy.typing import NDArray

from ..errors import BistateError, MatrixError
from .cyclotomic import Cyclotomic, to_cyclotomic
from .cyclotomic_field import combine, descend, field_degree, lift
from .matrix_assembly import (
    column_keys,
    common_denominator,
    integer_parts,
    lowest_parts,
    numbers,
    over_denominator,
    select,
    set_in,
)
from .matrix_output import aligned, integer_arrays, rounded, rounded_rational, support
from .sympy_numbers import number_from_sympy

_LONG_DENOMINATOR = 64  # bits above which a fraction is reduced


class CoefficientMatrix:
    """An immutable matrix over Q(ζ_e), as integer coefficient matrices over one denominator."""

    __slots__ = ("_denominator", "_hash", "_numerators", "_rational", "conductor", "shape")
    shape: tuple[int, int]
    conductor: int
    _numerators: tuple[fmpz_mat, ...]
    _denominator: int
    _rational: tuple[fmpq_mat, ...] | None
    _hash: int | None

    def __init__(self, rows: Iterable[Iterable[Any]]) -> None:
        table = [[exact_entry(value) for value in row] for row in rows]
        widths = {len(row) for row in table}
        if len(widths) > 1:
            raise MatrixError(f"rows of different lengths {[len(row) for row in table]}: a matrix needs equal rows")
        shape = (len(table), widths.pop() if widths else 0)
        self._set(*integer_parts([value for row in table for value in row], shape))

    def _set(self, numerators: Sequence[fmpz_mat], denominator: int, conductor: int) -> None:
        # A matrix that turned out rational drops its zero parts: everything after is cheaper.
        if conductor > 1 and not any(numerators[1:]):
            numerators, conductor = numerators[:1], 1
        if denominator.bit_length() > _LONG_DENOMINATOR:
            numerators, denominator = lowest_parts(numerators, denominator)
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
            rational = tuple(over_denominator(part, self._denominator) for part in self._numerators)
            object.__setattr__(self, "_rational", rational)
        return self._rational  # type: ignore[return-value]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an ExactMatrix is immutable; {name!r} cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.tolist(),))

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
        numerators, denominator = common_denominator(parts)
        return cls.from_integers(numerators, conductor, denominator)

    @classmethod
    def column(cls, entries: Iterable[Any]) -> Self:
        """The entries as a column."""
        return cls([[value] for value in entries])

    @classmethod
    def from_sympy(cls, matrix: Any) -> Self:
        """A SymPy matrix; its entries are read as `number_from_sympy` does.

        Raises:
            MatrixError: for an entry that is not read as an exact number.
        """
        try:
            return cls([[number_from_sympy(value) for value in row] for row in matrix.tolist()])
        except BistateError as error:
            raise MatrixError(f"matrix entry {error}") from None

    @classmethod
    def permutation(cls, images: Sequence[int]) -> Self:
        """The matrix with column j equal to e_{images[j]}, for any map of the points: e_j ↦ e_{images[j]}."""
        size = len(images)
        matrix = fmpz_mat(size, size)
        for j, i in enumerate(images):
            matrix[i, j] = 1
        return cls.from_integers([matrix])

    @classmethod
    def block_diagonal(cls, blocks: Iterable[CoefficientMatrix]) -> Self:
        """The matrix with the given square or rectangular blocks down its diagonal."""
        placed, row, column = [], 0, 0
        for block in blocks:
            placed.append((row, column, block))
            row, column = row + block.shape[0], column + block.shape[1]
        return cls._assembled((row, column), placed)

    @classmethod
    def hstack(cls, matrices: Iterable[CoefficientMatrix]) -> Self:
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
    def vstack(cls, matrices: Iterable[CoefficientMatrix]) -> Self:
        """Matrices of equal width on top of each other.

        Raises:
            MatrixError: if the widths differ.
        """
        return cls.hstack(matrix.T for matrix in matrices).T

    @classmethod
    def _assembled(cls, shape: tuple[int, int], placed: Sequence[tuple[int, int, CoefficientMatrix]]) -> Self:
        """A matrix of zeros with smaller matrices set in at (row, column)."""
        e = lcm(*(matrix.conductor for _, _, matrix in placed))
        denominator = lcm(*(matrix._denominator for _, _, matrix in placed))
        pieces = [(row, column, matrix._integers(e, denominator)) for row, column, matrix in placed]
        return cls.from_integers(set_in(shape, pieces, field_degree(e)), e, denominator)

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
        flat = numbers(self._numerators, self.conductor, self._denominator)
        return [flat[i * columns : (i + 1) * columns] for i in range(rows)]

    def submatrix(self, rows: Sequence[int], columns: Sequence[int]) -> Self:
        """The entries at the given rows and columns, in the given order."""
        numerators = select(self._numerators, rows, columns)
        return type(self).from_integers(numerators, self.conductor, self._denominator)

    def column_keys(self, conductor: int) -> list[tuple[int, ...]]:
        """Each column as a hashable tuple: coordinates over Q(ζ_e) as integers over one least denominator.

        Columns are equal exactly when their keys for one conductor, a multiple of the matrix's, are.
        """
        return column_keys(self._integers(conductor, self._denominator), self._denominator)

    def integer_arrays(self, conductor: int) -> tuple[list[NDArray[Any]], int]:
        """The parts N_0, …, N_{φ(e)−1} over Q(ζ_e) and d, with M = (Σ_k N_k ζ_e^k)/d in lowest terms.

        Arrays of machine integers where all entries of all parts are below 2⁶³ in size, else of Python's integers.
        """
        parts, denominator = lowest_parts(self._integers(conductor, self._denominator), self._denominator)
        return integer_arrays(parts), denominator

    @property
    def support(self) -> NDArray[np.bool_]:
        """Where the entries are not zero, as a boolean array of the matrix's shape."""
        return support(self._numerators)

    @property
    def T(self) -> Self:
        """The transpose (without conjugation)."""
        transposed = [part.transpose() for part in self._numerators]
        return type(self).from_integers(transposed, self.conductor, self._denominator)

    @property
    def H(self) -> Self:
        """The conjugate transpose."""
        return self.conjugate().T

    def galois(self, k: int) -> Self:
        """Every entry under ζ_e ↦ ζ_e^k, e the matrix's conductor and k prime to it."""
        terms = [(i * k, part) for i, part in enumerate(self._numerators)]
        numerators = combine(self.conductor, terms, fmpz_mat(*self.shape))
        return type(self).from_integers(numerators, self.conductor, self._denominator)

    def conjugate(self) -> Self:
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

    def reduced(self) -> Self:
        """The same matrix at its least conductor."""
        parts, e = descend(self._parts, self.conductor, fmpq_mat(*self.shape))
        return self if e == self.conductor else type(self).from_parts(parts, e)

    # --- predicates ---

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CoefficientMatrix):
            return NotImplemented
        if self.shape != other.shape:
            return False
        e = lcm(self.conductor, other.conductor)
        common = lcm(self._denominator, other._denominator)
        return all(a == b for a, b in zip(self._integers(e, common), other._integers(e, common), strict=True))

    def __hash__(self) -> int:
        if self._hash is None:
            least = self.reduced()
            numerators, denominator = lowest_parts(least._numerators, least._denominator)
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
        return self.shape[0] == self.shape[1] and self == type(self).identity(self.shape[0])

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
            return rounded_rational(self._parts[0], part).astype(kind)
        entries = [x for row in self.tolist() for x in row]
        if self.is_real:
            return rounded([x.real for x in entries], self.shape, part).astype(kind)
        if kind.kind == "f":
            raise MatrixError(f"the matrix has entries that are not real; to_numpy({dtype!r}) would drop a part")
        real, imag = (
            rounded(half, self.shape, part) for half in ([x.real for x in entries], [x.imag for x in entries])
        )
        return (real + 1j * imag).astype(kind)

    def __repr__(self) -> str:
        if 0 in self.shape:
            return f"{type(self).__name__}.zeros({self.shape[0]}, {self.shape[1]})"
        return f"{type(self).__name__}({self.tolist()!r})"

    def __str__(self) -> str:
        return aligned([[str(value) for value in row] for row in self.tolist()])


def exact_entry(value: Any) -> Cyclotomic:
    """An entry or scalar as an exact number.

    Raises:
        MatrixError: for floats and everything else that is not exact.
    """
    try:
        return to_cyclotomic(value)
    except BistateError as error:
        raise MatrixError(f"matrix entry {error}") from None
