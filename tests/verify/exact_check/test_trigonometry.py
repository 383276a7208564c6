"""π, cosines and sines against flint's balls, in units of 2**-FINE."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from types import ModuleType

import pytest
from bistate.verify.exact_check import trigonometry as true
from bistate.verify.exact_check.trigonometry import FINE, LARGEST_ANGLE, SURE
from flint import arb, ctx
from helpers.lemmas import planted
from hypothesis import given
from hypothesis import strategies as st

TIP = LARGEST_ANGLE << FINE
HARD = [0, 1, -1, 2, -2, 7, -9, TIP, -TIP, TIP - 1, 1 << FINE, -(1 << FINE), (1 << FINE // 2) + 1, 355 << FINE - 6]


@pytest.fixture(autouse=True)
def digits() -> Iterator[None]:
    """Balls of 400 digits, far more than the checker has."""
    before, ctx.prec = ctx.prec, 400
    yield
    ctx.prec = before


def off_by(trigonometry: ModuleType, angle: int) -> arb:
    """The larger error of cosine and sine, in units of 2**-FINE."""
    x, unit = arb(angle) / arb(2) ** FINE, arb(2) ** FINE
    cosine, sine = trigonometry.cosine_and_sine(angle)
    return max(abs(arb(cosine) - x.cos() * unit), abs(arb(sine) - x.sin() * unit), key=float)


def error_of_pi(trigonometry: ModuleType) -> arb:
    return abs(arb(trigonometry.pi()) - arb.pi() * arb(2) ** FINE)


def test_pi_is_right_to_two_units():
    assert error_of_pi(true) < 2


@given(st.integers(-TIP, TIP) | st.integers(-FINE, FINE).map(lambda k: (1 << abs(k)) * (1 if k > 0 else -1)))
def test_cosines_and_sines_are_right_to_the_digits_of_the_proof(angle):
    """The proof says 26 digits of FINE are lost at most; SURE asks for 40, and no sine is far below that."""
    assert off_by(true, angle) < 2**26 < 2 ** (FINE - SURE)


@pytest.mark.parametrize("angle", HARD)
def test_hard_angles_are_right_as_well(angle):
    assert off_by(true, angle) < 2**26


def test_the_errors_of_the_terms_are_those_of_the_proof():
    """A term is floored twice, k! and the power apart: by less than 2 units more than 8 / k times the one before."""
    for angle in HARD:
        term, exact, k, bound = 1 << FINE, Fraction(1 << FINE), 0, Fraction(0)
        total = Fraction(0)
        while term and term != -1:
            k += 1
            term = (term * angle >> FINE) // k
            exact = exact * Fraction(angle, 1 << FINE) / k
            bound = bound * Fraction(LARGEST_ANGLE, k) + 2
            assert abs(term - exact) <= bound
            total += bound
        assert total < 2**26
        assert abs(exact) <= 1 + bound  # and what is left after it is no larger


def test_the_rest_of_the_series_is_small_when_it_stops():
    """It stops at 0, and at −1, where floors would go on for ever; the terms have begun to fall by then."""
    for angle in (TIP, -TIP, 1, -1):
        term, k = 1 << FINE, 0
        while term and term != -1:
            k += 1
            term = (term * angle >> FINE) // k
        assert k <= 85
        assert abs(angle) * 2 <= (k + 1) << FINE  # each later term is at most half of the one before


@pytest.mark.parametrize(
    ("hypothesis", "old", "new"),
    [
        ("16 arctan 1/5", "16 * arctan(5)", "16 * arctan(6)"),
        ("4 arctan 1/239", "4 * arctan(239)", "4 * arctan(240)"),
        ("the terms alternate", "total += term // k if k % 4 == 1 else -(term // k)", "total += term // k"),
        ("the terms are counted in finer units", "more = 32", "more = 0"),
        ("cosines alternate", "term if k % 4 < 2 else -term", "term"),
        ("cosines have even terms", "parts[k % 2]", "parts[(k + 1) % 2]"),
        ("each term is divided by its number", "(term * angle >> FINE) // k", "(term * angle >> FINE) // (k + 1)"),
        ("the series goes on until it vanishes", "while term and term != -1:", "while k < 30:"),
        (
            "terms have all digits of the angle",
            "(term * angle >> FINE) // k",
            "(term * (angle >> 100) >> (FINE - 100)) // k",
        ),
    ],
)
def test_an_error_planted_in_a_series_is_noticed(hypothesis, old, new):
    changed = planted("trigonometry", old, new).trigonometry
    wrong_pi = error_of_pi(changed) > 8
    assert wrong_pi or any(off_by(changed, angle) > 2 ** (FINE - SURE) for angle in HARD), hypothesis
