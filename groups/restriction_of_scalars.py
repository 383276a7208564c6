"""Representations over a number field as rational ones of larger degree."""

from __future__ import annotations

from dataclasses import replace

from flint import fmpq_mat

from .cyclotomic import to_fmpq
from .exact_matrix import ExactMatrix
from .number_field import NumberField
from .representation import Representation


def restrict_scalars(rho: Representation, label: str, norm: int) -> Representation:
    """K^d as Q^{dn}, n = [K : Q]: an entry x becomes the matrix of y ↦ x y in a basis b_1, …, b_n of K.

    The character becomes Σ_σ σ(χ) over the embeddings σ of K. The invariant form is Tr_{K/Q}(u* M v), which is positive
    definite because σ(M) is, for every σ.

    Args:
        rho: a representation over K = `rho.field`.
        label: the name of the result.
        norm: ⟨χ, χ⟩ of the result.
    """
    field = rho.field
    if field.is_rational:
        return replace(rho, base_field="rational", label=label, norm=norm)
    images = tuple(_restricted(matrix, field) for matrix in rho.images)
    return Representation(rho.group, images, _trace_form(rho.form, field), "rational", label, norm, rho.schur_index)


def _restricted(matrix: ExactMatrix, field: NumberField) -> ExactMatrix:
    """Σ_i R_i ⊗ (multiplication by b_i), where matrix = Σ_i R_i b_i."""
    return _combined(field.parts(matrix), [field.multiplication(b) for b in field.basis])


def _trace_form(form: ExactMatrix, field: NumberField) -> ExactMatrix:
    """The matrix of Tr(x̄ M_jk y) in the basis: Σ_i R_i ⊗ (Tr(b̄_a b_i b_c))_{ac}."""
    traces = []
    for b in field.basis:
        rows = [[field.trace(x.conjugate() * b * y) for y in field.basis] for x in field.basis]
        traces.append(fmpq_mat([[to_fmpq(value) for value in row] for row in rows]))
    return _combined(field.parts(form), traces)


def _combined(parts: list[fmpq_mat], factors: list[fmpq_mat]) -> ExactMatrix:
    """Σ_i parts[i] ⊗ factors[i]."""
    rows, columns, size = parts[0].nrows(), parts[0].ncols(), factors[0].nrows()
    total = fmpq_mat(rows * size, columns * size)
    for j in range(rows):
        for k in range(columns):
            block = fmpq_mat(size, size)
            for part, factor in zip(parts, factors, strict=True):
                if part[j, k] != 0:
                    block = block + factor * part[j, k]
            for a in range(size):
                for b in range(size):
                    total[j * size + a, k * size + b] = block[a, b]
    return ExactMatrix.from_parts([total], 1)
