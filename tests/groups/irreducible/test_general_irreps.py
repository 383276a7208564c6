"""Character tables by Dixon–Schneider, presentations by Cannon, irreps by Dixon's method, on groups without a formula.

Degrees and Frobenius–Schur indicators are those of the ATLAS of finite groups and of standard textbooks.
"""

import pytest
from bistate.groups import ExactMatrix, PermutationGroup, SymmetricGroup, named_group
from bistate.groups.characters.dixon import exact_values, modular_table
from bistate.groups.permutations.coset_relators import defining_relators
from sympy.combinatorics.coset_table import coset_enumeration_r
from sympy.combinatorics.fp_groups import FpGroup
from sympy.combinatorics.free_groups import free_group

DEGREES = {
    "A4": [1, 1, 1, 3],
    "A5": [1, 3, 3, 4, 5],
    "Q8": [1, 1, 1, 1, 2],
    "Q16": [1, 1, 1, 1, 2, 2, 2],
    "Dic3": [1, 1, 1, 1, 2, 2],
    "GL(2,3)": [1, 1, 2, 2, 2, 3, 3, 4],
    "SL(2,5)": [1, 2, 2, 3, 3, 4, 4, 5, 6],
    "PSL(2,7)": [1, 3, 3, 6, 7, 8],
    "PGL(2,7)": [1, 1, 6, 6, 6, 7, 7, 8, 8],
    "A6": [1, 5, 5, 8, 8, 9, 10],
    "C2wrS3": [1, 1, 1, 1, 2, 2, 3, 3, 3, 3],
    "A4xC5": [1] * 15 + [3] * 5,
}


@pytest.fixture(scope="module", params=DEGREES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def group(name):
    return named_group(name)


def test_degrees(name, group):
    assert list(group.character_table().degrees) == DEGREES[name]


def test_rows_and_columns_are_orthogonal_exactly(group):
    table = group.character_table()
    for i, chi in enumerate(table.characters):
        for j, psi in enumerate(table.characters):
            assert chi.inner(psi) == int(i == j)
    for j, cls in enumerate(table.classes):
        for k in range(j + 1):
            total = sum((row[j] * row[k].conjugate() for row in table.values), start=ExactMatrix([[0]])[0, 0])
            assert total == (group.order // cls.size if j == k else 0)


def test_indicators_count_involutions(group):
    table = group.character_table()
    square_roots = sum((g * g).is_identity for g in group.elements)
    assert sum(i * d for i, d in zip(table.indicators, table.degrees, strict=True)) == square_roots


def test_irreps_are_verified_and_have_the_characters_of_the_table(group):
    table = group.character_table()
    for rho, character in zip(group.irreps(), table.characters, strict=True):
        assert rho.verify()
        assert rho.character().values == character.values


def test_irreps_are_homomorphisms_on_elements(group):
    g, h = group.elements[group.order // 3], group.elements[-2]
    for rho in group.irreps():
        assert rho(g * h) == rho(g) @ rho(h)


def test_real_irreps_are_real_and_complete(group):
    found = group.irreps("real")
    for rho in found:
        assert all(matrix.is_real for matrix in (*rho.images, rho.form))
        assert rho.verify()
    assert sum(rho.degree**2 // rho.norm for rho in found) == group.order
    indicators = group.character_table().indicators
    assert len(found) == sum(i != 0 for i in indicators) + sum(i == 0 for i in indicators) // 2


@pytest.mark.parametrize("name", ["A4", "A5", "Q8", "GL(2,3)", "PSL(2,7)", "C2wrS3", "SL(2,5)"])
def test_relators_define_the_group_by_coset_enumeration(name):
    group = named_group(name)
    free, *letters = free_group(",".join("abcdef"[: len(group.generators)]))
    relators = []
    for word in defining_relators(group):
        value = free.identity
        for k, exponent in word:
            value = value * letters[k] ** exponent
        relators.append(value)
    table = coset_enumeration_r(FpGroup(free, relators), [], max_cosets=50_000)
    table.compress()
    assert len(table.table) == group.order


def test_dixon_agrees_with_young_on_symmetric_groups():
    for n in (3, 4, 5):
        group = SymmetricGroup(n)
        rows = set(exact_values(group, modular_table(group)))
        assert rows == {rho.character().values for rho in group.irreps()}


def test_fields_are_the_character_fields_where_the_schur_index_is_one():
    fields = [str(rho.field) for rho in named_group("A5").irreps()]
    assert fields == ["Q", "Q(√5)", "Q(√5)", "Q", "Q"]
    assert {str(rho.field) for rho in named_group("C2wrS3").irreps()} == {"Q"}


def test_symmetric_groups_in_disguise_get_irreps():
    regular = PermutationGroup(
        [[int(x) for x in SymmetricGroup(3).left_action(g)] for g in SymmetricGroup(3).generators]
    )
    assert [rho.degree for rho in regular.irreps("real")] == [1, 1, 2]
    assert all(rho.verify() for rho in regular.irreps())


def test_a_planted_error_does_not_verify():
    import dataclasses

    from bistate.groups import RepresentationError

    rho = named_group("A5").irreps()[1]
    rows = rho.images[0].tolist()
    rows[0][0] = rows[0][0] + 1
    wrong = dataclasses.replace(rho, images=(ExactMatrix(rows), *rho.images[1:]))
    with pytest.raises(RepresentationError, match="no homomorphism"):
        wrong.verify()


def test_an_interrupted_computation_leaves_nothing_behind(monkeypatch):
    import bistate.groups.irreducible.general as general

    group = named_group("PSL(2,7)")
    honest, calls = general._construct, []

    def interrupted(*args):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return honest(*args)

    monkeypatch.setattr(general, "_construct", interrupted)
    with pytest.raises(KeyboardInterrupt):
        group.irreps()
    monkeypatch.setattr(general, "_construct", honest)
    assert [rho.degree for rho in group.irreps()] == [1, 3, 3, 6, 7, 8]
    assert all(rho.verify() for rho in group.irreps("rational"))


def test_limits_are_named_before_work_starts():
    from bistate.groups import TooLargeError

    with pytest.raises(TooLargeError, match="M22 has order 443520; its irreps are constructed up to order 100000"):
        named_group("M22").irreps()
    with pytest.raises(TooLargeError, match="A13 has 3113510400 elements"):
        named_group("A13").character_table()


def test_an_extraspecial_group_of_order_128():
    """D4 ∘ D4 ∘ D4: its faithful irrep of degree 8 is induced from a maximal abelian subgroup only."""
    pair = named_group("D4xD4xD4")
    center = [g for g in pair.elements if all(g * s == s * g for s in pair.generators)]
    squares = {g * g for g in pair.elements} & set(center)
    a, b, c = (g for g in squares if sum(g[i] != i for i in range(pair.degree)) == 4)
    subgroup = PermutationGroup([a * b, b * c], degree=pair.degree)
    quotient = pair.character_table()
    normal = next(n for n in quotient.normal_subgroups() if set(n.subgroup.elements) == set(subgroup.elements))
    group = quotient.quotient(normal).group
    assert group.order == 128
    irreps = group.irreps("rational")
    assert sorted({rho.degree for rho in irreps}) == [1, 8]
    assert all(rho.verify() for rho in irreps)


def test_reduction_modulo_a_prime_is_a_ring_homomorphism():
    """ζ_n ↦ root, and for odd n also ζ_2n = −ζ_n^((n+1)/2): sums, products and the defining equation are respected."""
    from bistate.groups import E
    from bistate.groups.arithmetic.cyclotomic_field import field_degree
    from bistate.groups.arithmetic.reduction import reduce_matrix, splitting_prime
    from flint import fmpz_mat

    for order in (3, 4, 5, 15):
        prime, root, n = splitting_prime([ExactMatrix([[E(order)]])])
        assert n == order
        assert pow(root, order, prime) == 1

        def image(value, prime=prime, root=root, order=order):
            return int(reduce_matrix(ExactMatrix([[value]]), prime, root, order)[0, 0])

        assert image(E(order)) == root
        a, b = E(order) * 3 - 1, E(order) ** 2 + 5
        assert image(a * b) == image(a) * image(b) % prime
        assert image(a + b) == (image(a) + image(b)) % prime
        if order % 2:  # the number ζ_2n, kept over Q(ζ_2n)
            coefficients = [fmpz_mat(1, 1, [int(k == 1)]) for k in range(field_degree(2 * order))]
            doubled = ExactMatrix.from_integers(coefficients, 2 * order)
            assert doubled[0, 0] == E(2 * order)
            assert doubled.conductor == 2 * order
            assert reduce_matrix(doubled, prime, root, order)[0, 0] == -pow(root, (order + 1) // 2, prime) % prime
