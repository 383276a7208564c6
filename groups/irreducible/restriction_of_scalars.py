"""Representations over a number field as rational ones of larger degree."""

from __future__ import annotations

from dataclasses import replace

from flint import fmpq_mat

from ..arithmetic.cyclotomic import Cyclotomic, to_fmpq
from ..arithmetic.exact_matrix import ExactMatrix
from ..errors import RepresentationError
from ..fields.number_field import NumberField
from ..representations.representation import Representation


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
    factors = _checked_factors(field)
    images = tuple(_combined(field.parts(matrix), factors) for matrix in rho.images)
    return Representation(
        rho.group, images, _trace_form(rho.form, field, factors), "rational", label, norm, rho.schur_index
    )


def _checked_factors(field: NumberField) -> list[fmpq_mat]:
    """The multiplications by b_1, …, b_n, each checked against a product in the field.

    x ↦ its matrix is a homomorphism of rings, so relations between the ρ(g) hold for the rational matrices too.
    """
    factors = [field.multiplication(b) for b in field.basis]
    sample = sum((b * (i + 2) for i, b in enumerate(field.basis)), start=Cyclotomic([0]))
    by_sample = field.multiplication(sample)
    for b, factor in zip(field.basis, factors, strict=True):
        if field.multiplication(b * sample) != factor * by_sample:
            raise RepresentationError(f"multiplication in {field} by {b} is wrong")
    return factors


def _trace_form(form: ExactMatrix, field: NumberField, factors: list[fmpq_mat]) -> ExactMatrix:
    """The matrix of Tr(x̄ M_jk y) in the basis: Σ_i R_i ⊗ (Tr(b̄_a b_i b_c))_{ac}, and b_i b_c = Σ_k (b_i)_{kc} b_k."""
    traces = [[to_fmpq(field.trace(x.conjugate() * y)) for y in field.basis] for x in field.basis]
    return _combined(field.parts(form), [fmpq_mat(traces) * factor for factor in factors])


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
