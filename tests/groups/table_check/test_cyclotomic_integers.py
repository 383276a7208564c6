"""The lemma of canonical forms, against the exact numbers of the library, which reduce by cyclotomic polynomials."""

import cmath

from bistate.groups import E
from bistate.groups.table_check.cyclotomic_integers import (
    canonical,
    conjugated,
    is_integer,
    is_zero,
    primes_of,
    product,
    widened,
)
from hypothesis import given, settings
from hypothesis import strategies as st


def exact(number, e):
    return sum((c * E(e, k) for k, c in number.items()), start=0 * E(1))


numbers = st.integers(1, 36).flatmap(
    lambda e: st.tuples(st.just(e), *[st.dictionaries(st.integers(0, e - 1), st.integers(-3, 3), max_size=5)] * 2)
)


@settings(max_examples=150, deadline=None)
@given(numbers, st.integers(1, 4))
def test_forms_are_equal_for_equal_numbers(drawn, k):
    e, f, h = drawn
    assert (canonical(f, e) == canonical(h, e)) == (exact(f, e) == exact(h, e))
    assert exact(product(f, h, e), e) == exact(f, e) * exact(h, e)
    assert exact(conjugated(f, e), e) == exact(f, e).conjugate()
    assert exact(widened(f, e, k * e), k * e) == exact(f, e)


@settings(max_examples=60, deadline=None)
@given(numbers)
def test_a_number_plus_what_vanishes_is_the_same(drawn):
    """Σ ζ^{k + j·e/p} over j is zero for each prime p that divides e."""
    e, f, _ = drawn
    for p in primes_of(e):
        vanishing = {(1 + j * (e // p)) % e: 1 for j in range(p)}
        assert is_zero(vanishing, e)
        assert not is_zero({1 % e: 1}, e)
        moved = {k: f.get(k, 0) + vanishing.get(k, 0) for k in {*f, *vanishing}}
        assert canonical(moved, e) == canonical(f, e)


def test_integers_are_told_from_others():
    assert is_integer({1: -1, 2: -1}, 1, 3)
    assert not is_integer({1: -1, 2: -1}, 2, 3)
    assert not is_integer({1: 1}, 1, 3)
    assert abs(cmath.exp(2j * cmath.pi / 3) + cmath.exp(4j * cmath.pi / 3) + 1) < 1e-12


def test_primes():
    assert [primes_of(n) for n in (1, 2, 12, 35, 49, 97, 5040)] == [(), (2,), (2, 3), (5, 7), (7,), (97,), (2, 3, 5, 7)]
