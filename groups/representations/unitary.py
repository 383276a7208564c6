"""Representations by unitary matrices, exact where square roots allow it.

For the invariant form M of ρ let c M = L D L* with a unit lower triangular L, a positive number c and
D = diag(d_1, …, d_n). With S = diag(√d_1, …, √d_n) and B = S L* the matrices

    U(g) = B ρ(g) B⁻¹   have   U(g)* U(g) = B⁻* ρ(g)* (c M) ρ(g) B⁻¹ = B⁻* (B* B) B⁻¹ = 1.

The scale c is the inverse of one of the pivots, so that only quotients of pivots have to have square roots. Where all
are rational, the orthogonal basis L⁻* is changed to another one, see `orthogonal_bases`.
"""

from __future__ import annotations

from math import lcm

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.cyclotomic_field import field_degree
from ..arithmetic.exact_matrix import ExactMatrix
from ..arithmetic.square_roots import root_or_reason
from ..errors import RepresentationError
from ..fields.number_field import NumberField
from ..fields.number_field import conjugate as moved
from .homomorphism import Homomorphism, check_form
from .orthogonal_bases import with_few_roots

LARGEST_DEGREE = 48  # of Q(ζ_n) with all the square roots: products of 10 × 10 matrices over it take 20 ms


def unitary_images(rho: Homomorphism) -> tuple[ExactMatrix, ...]:
    """B ρ(s) B⁻¹ for the generators of the presentation, with the scale c that takes the least cyclotomic field.

    Raises:
        RepresentationError: naming the quotient of pivots without a square root, or the field that is too large.
    """
    lower, pivots = pivots_of(rho.form)
    raised = lower.H
    if all(pivot.is_rational for pivot in pivots):
        change, norms = with_few_roots([pivot.to_fraction() for pivot in pivots])
        raised, pivots = change.solve(raised), [Cyclotomic([norm]) for norm in norms]
    found: list[tuple[int, list[Cyclotomic], Cyclotomic]] = []
    reasons: list[str] = []
    for scale in dict.fromkeys(pivots):
        roots = [_root(pivot / scale) for pivot in pivots]
        reasons += [root for root in roots if isinstance(root, str)]
        numbers = [root for root in roots if isinstance(root, Cyclotomic)]
        if len(numbers) == len(roots):
            found.append((lcm(rho.conductor, *(root.conductor for root in numbers)), numbers, scale))
    if not found:
        raise RepresentationError(_refused(rho, reasons[0]))
    conductor, numbers, scale = min(found, key=lambda entry: entry[0])
    if field_degree(conductor) > LARGEST_DEGREE:
        reason = (
            f"the roots lie in Q(ζ_{conductor}), of degree {field_degree(conductor)} over Q and not {LARGEST_DEGREE}"
        )
        raise RepresentationError(_refused(rho, reason))
    size = len(pivots)
    basis = ExactMatrix([[numbers[i] if i == j else 0 for j in range(size)] for i in range(size)]) @ raised
    inverse = rho.form.inverse() * scale @ basis.H  # B* B = M / scale
    return tuple(basis @ image @ inverse for image in rho.images)


def _refused(rho: Homomorphism, reason: str) -> str:
    return f"{rho!r} is not made unitary by square roots: {reason}; unitary_array(g) gives floats"


def pivots_of(form: ExactMatrix) -> tuple[ExactMatrix, list[Cyclotomic]]:
    """L and the diagonal of D with M = L D L*, for a Hermitian positive definite matrix M."""
    size = form.shape[0]
    left = form.tolist()
    lower = [[Cyclotomic([int(i == j)]) for j in range(size)] for i in range(size)]
    pivots = []
    for k in range(size):
        pivot = left[k][k]
        pivots.append(pivot)
        for i in range(k + 1, size):
            lower[i][k] = left[i][k] / pivot
        for i in range(k + 1, size):
            if lower[i][k]:
                for j in range(k + 1, size):
                    left[i][j] = left[i][j] - lower[i][k] * left[k][j]
    return ExactMatrix(lower), pivots


def _root(value: Cyclotomic) -> Cyclotomic | str:
    field = NumberField.containing([value])
    other = next((moved(value, k) for k in field.embeddings() if k != 1), None) if field.degree == 2 else None
    return root_or_reason(value, other, LARGEST_DEGREE)


def require_unitary(rho: Homomorphism) -> None:
    """Raise unless the form is the identity, and invariant: U* U = 1 for the generators."""
    if not rho.form.is_identity:
        raise RepresentationError(f"the form of {rho!r} is not the identity matrix")
    check_form(rho)
