"""Character tables, class functions, the rule of Murnaghan and Nakayama, normal subgroups and quotients."""

import math
from fractions import Fraction

import pytest
from bistate.groups import (
    AlternatingGroup,
    CharacterTable,
    ClassFunction,
    CyclicGroup,
    DihedralGroup,
    E,
    GroupError,
    PermutationGroup,
    RepresentationError,
    SymmetricGroup,
    TooLargeError,
    direct_product,
    murnaghan_nakayama,
    named_group,
    partitions,
    seminormal,
)
from bistate.groups.catalogue.identification import identify
from bistate.groups.characters.border_strips import border_strips
from bistate.groups.characters.dixon import exact_values, modular_table
from hypothesis import given, settings
from hypothesis import strategies as st

SMALL = ["C1", "C6", "C2xC4", "D4", "D5", "Q8", "A4", "S4", "Dic3", "A5", "C3xS3", "SL(2,3)"]
names = st.sampled_from(SMALL)
TABLES = {name: named_group(name).character_table() for name in SMALL}


def by_class(table: CharacterTable) -> list[dict[tuple[int, int], object]]:
    """Each character as {(order, size): value}, for tables where that names a class."""
    keys = [(cls.order, cls.size) for cls in table.classes]
    assert len(set(keys)) == len(keys)
    return [dict(zip(keys, row, strict=True)) for row in table.values]


def naive_character(group, values_on_elements):
    return ClassFunction(group, tuple(values_on_elements(cls.representative) for cls in group.conjugacy_classes()))


def disguised(group):
    """The same permutations without the knowledge of a family."""
    return PermutationGroup(list(group.generators), group.degree)


def on_points_of_pairs(n):
    """S_n on unordered pairs of points: not natural, and so without formulas."""
    pairs = [(a, b) for a in range(n) for b in range(a + 1, n)]
    return PermutationGroup(
        [[pairs.index(tuple(sorted((g[a], g[b])))) for a, b in pairs] for g in SymmetricGroup(n).generators]
    )


# --- tables of the literature (Conway et al., ATLAS of Finite Groups; James & Kerber, appendix I.A) ---


def test_the_table_of_s4():
    rows = by_class(SymmetricGroup(4).character_table())
    columns = [(1, 1), (2, 3), (2, 6), (3, 8), (4, 6)]
    assert [[row[c] for c in columns] for row in rows] == [
        [1, 1, 1, 1, 1],
        [1, 1, -1, 1, -1],
        [2, 2, 0, -1, 0],
        [3, -1, 1, 0, -1],
        [3, -1, -1, 0, 1],
    ]


def test_the_table_of_s5():
    table = SymmetricGroup(5).character_table()
    columns = {(1, 1, 1, 1, 1): 0, (2, 1, 1, 1): 0, (2, 2, 1): 0, (3, 1, 1): 0, (3, 2): 0, (4, 1): 0, (5,): 0}
    for j, cls in enumerate(table.classes):
        columns[cls.representative.cycle_type] = j
    assert {
        label: [row[j] for j in columns.values()] for label, row in zip(table.labels, table.values, strict=True)
    } == {
        "[5]": [1, 1, 1, 1, 1, 1, 1],
        "[1,1,1,1,1]": [1, -1, 1, 1, -1, -1, 1],
        "[4,1]": [4, 2, 0, 1, -1, 0, -1],
        "[2,1,1,1]": [4, -2, 0, 1, 1, 0, -1],
        "[3,2]": [5, 1, 1, -1, 1, -1, 0],
        "[2,2,1]": [5, -1, 1, -1, -1, 1, 0],
        "[3,1,1]": [6, 0, -2, 0, 0, 0, 1],
    }


def test_the_table_of_a5():
    table = AlternatingGroup(5).character_table()
    golden, other = -E(5, 2) - E(5, 3), -E(5) - E(5, 4)  # (1 ± √5)/2
    assert golden * golden == golden + 1
    assert [cls.order for cls in table.classes] == [1, 2, 3, 5, 5]
    assert [cls.size for cls in table.classes] == [1, 15, 20, 12, 12]
    assert set(table.values) == {
        (1, 1, 1, 1, 1),
        (3, -1, 0, golden, other),
        (3, -1, 0, other, golden),
        (4, 0, 1, -1, -1),
        (5, 1, -1, 0, 0),
    }
    assert table.indicators == (1, 1, 1, 1, 1)
    assert [character.field_conductor for character in table.characters] == [1, 5, 5, 1, 1]


def test_the_table_of_psl_2_7():
    table = named_group("PSL(2,7)").character_table()
    b = E(7) + E(7, 2) + E(7, 4)  # (−1 + i√7)/2
    assert b * b + b + 2 == 0
    assert [(cls.order, cls.size) for cls in table.classes] == [(1, 1), (2, 21), (3, 56), (4, 42), (7, 24), (7, 24)]
    c = b.conjugate()
    assert set(table.values) == {
        (1, 1, 1, 1, 1, 1),
        (3, -1, 0, 1, b, c),
        (3, -1, 0, 1, c, b),
        (6, 2, 0, 0, -1, -1),
        (7, -1, 1, -1, 0, 0),
        (8, 0, -1, 0, 1, 1),
    }
    assert table.indicators == (1, 0, 0, 1, 1, 1)


def test_degrees_and_indicators_of_m11_and_q8():
    table = named_group("M11").character_table()
    assert table.degrees == (1, 10, 10, 10, 11, 16, 16, 44, 45, 55)
    assert sorted(table.indicators) == [0] * 4 + [1] * 6
    assert TABLES["Q8"].indicators == (1, 1, 1, 1, -1)
    assert TABLES["SL(2,3)"].degrees == (1, 1, 1, 2, 2, 2, 3)


@pytest.mark.parametrize("name", SMALL)
def test_indicators_are_the_mean_of_the_values_at_squares(name):
    table = TABLES[name]
    for indicator, chi in zip(table.indicators, table.characters, strict=True):
        assert sum((chi(g * g) for g in table.group.elements), start=E(1) * 0) == indicator * table.group.order
        assert chi.indicator() == indicator
    if name in ("SL(2,3)", "Dic3"):  # with irrational values, unlike Q8
        assert -1 in table.indicators


@pytest.mark.slow
def test_the_table_of_m22_with_its_443520_elements():
    group = named_group("M22")
    table = group.character_table()
    assert table.degrees == (1, 21, 45, 45, 55, 99, 154, 210, 231, 280, 280, 385)
    assert [(cls.order, cls.size) for cls in table.classes[:4]] == [(1, 1), (2, 1155), (3, 12320), (4, 13860)]
    b = E(7) + E(7, 2) + E(7, 4)  # (−1 + i√7)/2
    sevens = [j for j, cls in enumerate(table.classes) if cls.order == 7]
    assert {tuple(table.values[i][j] for j in sevens) for i in (2, 3)} == {(b, b.conjugate()), (b.conjugate(), b)}
    assert "elements" not in group.__dict__  # only rows of an array: lists of tuples would take several times as much


@pytest.mark.parametrize("name", [*SMALL, "C15", "C3xC3", "D31", "S6", "PSL(2,13)"])
def test_both_orthogonality_relations(name):
    table = named_group(name).character_table()
    order = table.group.order
    sizes = [cls.size for cls in table.classes]
    count = len(sizes)
    conjugates = [[value.conjugate() for value in row] for row in table.values]
    step = max(1, count // 5)
    for i in range(count):
        for k in range(0, count, step):
            row = sum(
                (x * y * s for x, y, s in zip(table.values[i], conjugates[k], sizes, strict=True)), start=E(1) * 0
            )
            assert row == (order if i == k else 0)
            column = sum((table.values[m][i] * conjugates[m][k] for m in range(count)), start=E(1) * 0)
            assert column == (Fraction(order, sizes[i]) if i == k else 0)
    assert table.inner(0, 0) == 1
    assert table.inner(0, count - 1) == int(count == 1)


@pytest.mark.parametrize("name", ["C1", "C8", "C2xC4", "C2xC2xC3", "S3", "D4", "D5", "D6", "S5", "A5", "Q8"])
def test_rows_and_labels_are_those_of_the_irreps(name):
    group = named_group(name)
    table = group.character_table()
    assert table.labels == tuple(rho.label for rho in group.irreps())
    assert table.characters == tuple(rho.character() for rho in group.irreps())


@pytest.mark.parametrize("name", ["C7", "C2xC6", "C3xC9", "D9", "D12"])
def test_formulas_agree_with_dixon(name):
    group = named_group(name)
    assert set(exact_values(group, modular_table(group))) == set(group.character_table().values)


def test_the_triangle_keeps_the_labels_of_dihedral_groups():
    assert DihedralGroup(3).character_table().labels == ("trivial", "det", "ρ1")
    assert DihedralGroup(3).character_table().values == SymmetricGroup(3).character_table().values


def test_a_large_table_by_formula_is_quick_and_a_disguised_dihedral_group_has_the_same():
    assert len(CyclicGroup(211).character_table().labels) == 211
    group = direct_product(DihedralGroup(60), CyclicGroup(1))
    assert not group.has_own_irreps
    assert set(group.character_table().values) == set(named_group("D60").character_table().values)


# --- symmetric groups ---


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_murnaghan_nakayama_gives_the_traces_of_the_seminormal_matrices(n):
    group = SymmetricGroup(n)
    for shape in partitions(n):
        rho = seminormal(group, shape)
        for cls in group.conjugacy_classes():
            element = cls.representative
            assert rho(element).trace() == murnaghan_nakayama(shape, element.cycle_type)


@pytest.mark.parametrize("n", [5, 6])
def test_murnaghan_nakayama_gives_the_table_of_dixon(n):
    group = SymmetricGroup(n)
    assert set(exact_values(group, modular_table(group))) == set(group.character_table().values)
    pairs = on_points_of_pairs(n).character_table()
    assert sorted(pairs.degrees) == sorted(group.character_table().degrees)
    assert pairs.labels[1] == "χ2"


def test_border_strips_are_counted_by_hooks():
    assert border_strips((3, 2), 2) == (((3,), 1),)  # hook lengths 4 3 1 / 2 1
    assert border_strips((2, 2, 1), 3) == (((2,), -1),)  # 4 2 / 3 1 / 1
    assert border_strips((3, 3, 1), 4) == (((3,), -1),)  # 5 3 2 / 4 2 1 / 1
    assert border_strips((1, 1), 1) == (((1,), 1),)  # 2 / 1


@given(st.integers(1, 9).flatmap(lambda n: st.tuples(*[st.sampled_from(partitions(n))] * 2)), st.randoms())
def test_rules_that_characters_of_symmetric_groups_obey(pair, random):
    shape, cycle_type = pair
    n = sum(shape)
    value = murnaghan_nakayama(shape, cycle_type)
    conjugate = tuple(sum(part > i for part in shape) for i in range(shape[0]))
    sign = (-1) ** (n - len(cycle_type))
    assert murnaghan_nakayama(conjugate, cycle_type) == sign * value
    shuffled = list(cycle_type)
    random.shuffle(shuffled)
    assert murnaghan_nakayama(list(shape), shuffled) == value
    hooks = [shape[i] - j + conjugate[j] - i - 1 for i in range(len(shape)) for j in range(shape[i])]
    assert murnaghan_nakayama(shape, [1] * n) == math.factorial(n) // math.prod(hooks)
    if len(cycle_type) == 1:
        assert value == ((-1) ** (len(shape) - 1) if shape[1:] == (1,) * (len(shape) - 1) else 0)


@pytest.mark.parametrize("n", [3, 4, 5, 6, 7])
def test_classes_from_partitions_are_the_listed_ones(n):
    group, listed = SymmetricGroup(n), on_points_of_pairs(n) if n > 4 else None
    classes = group.conjugacy_classes()
    assert "images" not in group.__dict__
    owner = {element: index for index, element in zip(group.class_indices.tolist(), group.elements, strict=True)}
    for index, cls in enumerate(classes):
        members = [g for g, c in owner.items() if c == index]
        assert len(members) == cls.size
        assert min(members) == cls.representative
        assert {g.cycle_type for g in members} == {cls.representative.cycle_type}
        assert group.class_of(members[-1]) == index
    assert [(c.order, c.size, c.representative) for c in classes] == sorted(
        (c.order, c.size, c.representative) for c in classes
    )
    assert group.exponent == math.lcm(*(c.order for c in classes))
    if listed:
        assert sorted((c.order, c.size) for c in listed.conjugacy_classes()) == [(c.order, c.size) for c in classes]


def test_large_symmetric_groups_are_never_listed():
    group = SymmetricGroup(12)
    table = group.character_table()
    assert len(table.classes) == 77
    assert sum(d * d for d in table.degrees) == math.factorial(12)
    assert set(table.indicators) == {1}
    assert [normal.order for normal in table.normal_subgroups()] == [1, math.factorial(12) // 2, math.factorial(12)]
    standard = table.characters[table.labels.index("[11,1]")]
    cycle = group.generators[0]
    assert standard(cycle) == -1
    assert str(standard.symmetric_power(2)) == "[12] + [11,1] + [10,2]"  # for n ≥ 4
    assert str(standard.exterior_power(2)) == "[10,1,1]"
    assert str(standard.determinant()) == "[1,1,1,1,1,1,1,1,1,1,1,1]"
    assert "images" not in group.__dict__


def test_orders_of_symmetric_and_alternating_groups_need_no_search():
    assert SymmetricGroup(200).order == math.factorial(200)
    assert AlternatingGroup(200).order == math.factorial(200) // 2
    assert [AlternatingGroup(n).order for n in (1, 2, 3, 4)] == [1, 1, 3, 12]
    swap = [1, 0, *range(2, 200)]
    assert swap in SymmetricGroup(200)
    assert swap not in AlternatingGroup(200)
    assert [1, 2, 0, *range(3, 200)] in AlternatingGroup(200)
    assert [0, 0, 1] not in SymmetricGroup(3)
    assert AlternatingGroup(5) == disguised(AlternatingGroup(5))
    assert len(AlternatingGroup(6).elements) == 360


# --- class functions ---


@pytest.mark.parametrize("name", ["D30", "S5", "SL(2,5)", "M11"])
def test_power_maps_of_products_are_those_of_their_factors(name: str) -> None:
    group = named_group(name)
    classes = group.conjugacy_classes()
    for k in (0, 1, 2, 3, 4, 6, 9, 12, 36, 5, 25, 30, -1, -6):  # factors first: products are then composed of them
        assert group.power_map(k) == tuple(group.class_of(cls.representative**k) for cls in classes)


@given(names, st.integers(-30, 30))
def test_power_maps_and_adams_operations_follow_the_elements(name, k):
    table = TABLES[name]
    for j, cls in enumerate(table.classes):
        assert table.power_map(k)[j] == table.group.class_of(cls.representative**k)
        for character in table.characters:
            assert character.adams(k).values[j] == character(cls.representative**k)


@given(names, st.data())
def test_squares_split_into_symmetric_and_exterior_ones(name, data):
    characters = st.sampled_from(TABLES[name].characters)
    chi = data.draw(characters) + data.draw(characters) * data.draw(st.integers(0, 2))
    assert chi.symmetric_power(2) + chi.exterior_power(2) == chi * chi == chi**2
    assert chi.symmetric_power(2) - chi.exterior_power(2) == chi.adams(2)
    assert chi.symmetric_power(3).is_character
    d = int(chi.degree.to_fraction())
    assert chi.symmetric_power(3).degree == math.comb(d + 2, 3)
    assert chi.exterior_power(3).degree == math.comb(d, 3)
    assert chi.exterior_power(d) == chi.determinant()
    assert not any(chi.exterior_power(d + 1).values)
    assert chi.symmetric_power(0) == chi.exterior_power(0) == chi**0 == TABLES[name].characters[0]


@given(names, st.data())
def test_decomposition_adds_up(name, data):
    table = TABLES[name]
    counts = data.draw(st.lists(st.integers(-3, 3), min_size=len(table.labels), max_size=len(table.labels)))
    chi = table.characters[0] * 0
    for count, character in zip(counts, table.characters, strict=True):
        chi = chi + character * count
    assert list(chi.multiplicities()) == counts
    assert chi.decompose() == {label: m for label, m in zip(table.labels, counts, strict=True) if m}
    assert chi.norm() == sum(m * m for m in counts)
    assert chi.is_character == (any(counts) and min(counts) >= 0)
    assert -chi + chi == chi * 0
    assert hash(chi) == hash(ClassFunction(table.group, chi.values))
    assert chi.conjugate().conjugate() == chi
    assert chi.galois(-1) == chi.conjugate() == chi.adams(-1)


@given(names, st.data())
def test_galois_conjugates_of_characters_are_their_powers(name, data):
    chi = data.draw(st.sampled_from(TABLES[name].characters))
    exponent = TABLES[name].group.exponent
    k = data.draw(st.integers(1, 2 * exponent).filter(lambda k: math.gcd(k, exponent) == 1))
    assert chi.galois(k) == chi.adams(k)


def leibniz(rows):
    """The determinant by its expansion along the first row."""
    if not rows:
        return E(1)
    minors = ([row[:j] + row[j + 1 :] for row in rows[1:]] for j in range(len(rows)))
    return sum((rows[0][j] * leibniz(m) * (-1) ** j for j, m in enumerate(minors) if rows[0][j]), start=E(1) * 0)


@pytest.mark.parametrize("name", SMALL)
def test_kernels_centres_and_determinants_are_those_of_the_matrices(name):
    table = TABLES[name]
    for rho, chi in zip(table.group.irreps(), table.characters, strict=True):
        matrices = [rho(cls.representative) for cls in table.classes]
        assert chi.kernel() == {j for j, matrix in enumerate(matrices) if matrix.is_identity}
        scalar = {j for j, matrix in enumerate(matrices) if matrix == matrix[0, 0] * matrix**0}
        assert chi.center() == scalar
        assert chi.is_faithful == (chi.kernel() == {0})
        assert [chi.determinant().values[j] for j in range(len(matrices))] == [
            leibniz(matrix.tolist()) for matrix in matrices
        ]


def test_characters_print_as_sums_of_irreps():
    table = AlternatingGroup(5).character_table()
    points = naive_character(table.group, lambda g: sum(i == g[i] for i in range(5)))
    assert str(points) == "trivial + χ4"
    assert str(points + table.characters[3]) == "trivial + 2·χ4"
    assert str(points - table.characters[4]) == "(0, 0, 3, 0, 0)"
    assert table.tensor(1, 2) == (0, 0, 0, 1, 1)
    assert points.decompose() == {"trivial": 1, "χ4": 1}
    assert (Fraction(1, 2) * points).values == (points * Fraction(1, 2)).values
    assert (points * E(5)).values[0] == 5 * E(5)


SUBGROUPS = [
    ("S4", [[1, 0, 2, 3], [1, 2, 0, 3]]),
    ("S4", [[1, 0, 3, 2], [2, 3, 0, 1]]),
    ("S5", [[1, 2, 3, 4, 0], [0, 2, 4, 1, 3]]),
    ("A5", [[1, 2, 0, 3, 4], [1, 0, 3, 2, 4]]),
    ("A5", [[1, 2, 3, 4, 0]]),
    ("D6", [[2, 3, 4, 5, 0, 1]]),
    ("C6", [[3, 4, 5, 0, 1, 2]]),
]


@pytest.mark.parametrize(("name", "generators"), SUBGROUPS)
def test_frobenius_reciprocity(name, generators):
    group = named_group(name)
    subgroup = PermutationGroup(generators)
    above, below = group.character_table(), subgroup.character_table()
    for chi in above.characters:
        assert chi.restrict(subgroup).degree == chi.degree
        for psi in below.characters:
            induced = psi.induce(group)
            assert induced.is_character
            assert induced.degree == psi.degree * (group.order // subgroup.order)
            assert induced.inner(chi) == psi.inner(chi.restrict(subgroup))
    assert [above.classes[j].order for j in above.fusion(subgroup)] == [cls.order for cls in below.classes]
    for element in subgroup.elements:
        assert above.fusion(subgroup)[subgroup.class_of(element)] == group.class_of(element)


def test_an_induced_character_is_the_sum_over_all_conjugates():
    group, subgroup = SymmetricGroup(4), PermutationGroup([[1, 2, 3, 0]])
    for psi in subgroup.character_table().characters:
        induced = psi.induce(group)
        for cls in group.conjugacy_classes():
            moved = [x.inverse() * cls.representative * x for x in group.elements]
            total = sum((psi(g) for g in moved if g in subgroup), start=E(1) * 0)
            assert induced(cls.representative) == total * Fraction(1, 4)


def test_the_trivial_character_of_a_stabiliser_induces_the_permutation_character():
    group = named_group("PSL(2,7)")
    stabiliser = PermutationGroup([g for g in group.elements if g[0] == 0], group.degree)
    induced = stabiliser.character_table().characters[0].induce(group)
    assert induced == naive_character(group, lambda g: sum(i == g[i] for i in range(group.degree)))


# --- normal subgroups and quotients ---


NORMAL_ORDERS = {
    "D4": [1, 2, 4, 4, 4, 8],
    "Q8": [1, 2, 4, 4, 4, 8],
    "S4": [1, 4, 12, 24],
    "A4": [1, 4, 12],
    "A5": [1, 60],
    "C6": [1, 2, 3, 6],
    "C2xC4": [1, 2, 2, 2, 4, 4, 4, 8],
    "SL(2,3)": [1, 2, 8, 24],
}


@pytest.mark.parametrize("name", sorted(NORMAL_ORDERS))
def test_normal_subgroups(name):
    table = TABLES[name]
    group, found = table.group, table.normal_subgroups()
    assert [normal.order for normal in found] == NORMAL_ORDERS[name]
    for normal in found:
        members = {g for g in group.elements if group.class_of(g) in normal.classes}
        assert len(members) == normal.order
        assert all(a * b in members for a in members for b in members)
        assert set(normal.subgroup.elements) == members
    assert {normal.classes for normal in found} >= set(table.kernels)
    assert table.center() == frozenset(group.class_of(g) for g in group.elements if is_central(group, g))
    commutators = {a * b * a.inverse() * b.inverse() for a in group.elements for b in group.generators}
    assert commutators <= set(table.derived_subgroup.subgroup.elements)
    abelian = [normal for normal in found if all(chi_is_linear(table, i) for i in table.quotient(normal).rows)]
    assert table.derived_subgroup == min(abelian, key=lambda normal: normal.order)


def is_central(group, element):
    return all(element * s == s * element for s in group.generators)


def chi_is_linear(table, i):
    return table.degrees[i] == 1


def test_s4_modulo_the_four_group_is_s3():
    table = SymmetricGroup(4).character_table()
    found = table.quotient(table.normal_subgroups()[1])
    assert (found.order, found.sizes, found.orders, found.degrees) == (6, (1, 3, 2), (1, 2, 3), (1, 1, 2))
    assert set(found.values) == set(SymmetricGroup(3).character_table().values)
    assert found.labels == ("[4]", "[1,1,1,1]", "[2,2]")
    assert [found.fusion[j] for j in range(5)] == [0, 0, 1, 2, 1]
    assert not found.group.is_abelian
    assert set(found.table.values) == set(found.group.character_table().values)


@pytest.mark.parametrize("name", [*SMALL, "C2wrS3"])
def test_quotients_are_images_of_the_group(name):
    table = named_group(name).character_table()
    group = table.group
    for normal in table.normal_subgroups():
        found = table.quotient(normal)
        assert found.group.order == found.order == group.order // normal.order == sum(found.sizes)
        assert sum(d * d for d in found.degrees) == found.order
        images = {g: found.project(g) for g in group.elements}
        assert all(images[a * s] == images[a] * images[s] for a in group.elements for s in group.generators)
        assert {g for g, image in images.items() if image.is_identity} == {
            g for g in group.elements if group.class_of(g) in normal.classes
        }
        for g, image in images.items():
            fused = found.fusion[group.class_of(g)]
            assert found.orders[fused] == image.order
            assert found.sizes[fused] == found.group.conjugacy_classes()[found.group.class_of(image)].size
        assert set(found.table.values) == set(found.group.character_table().values)
        inflated = [found.inflate(chi) for chi in found.table.characters]
        assert inflated == [table.characters[i] for i in found.rows]


def test_a_quotient_has_no_name_that_is_not_read():
    table = SymmetricGroup(4).character_table()
    for normal in table.normal_subgroups():
        group = table.quotient(normal).group
        assert group.name in ("", "S4")
        assert str(group) == "S4" or eval(str(group)) == group
        assert identify(group) in ("S4", "S3", "C2", "C1")


def test_a_quotient_of_a_wreath_product_acts_on_blocks():
    table = named_group("C2wrS4").character_table()
    base = next(n for n in table.normal_subgroups() if n.order == 16 and n.subgroup.is_abelian)
    assert table.quotient(base).group == SymmetricGroup(4)


# --- text and errors ---


def test_a_table_is_drawn_with_orders_sizes_degrees_and_indicators():
    text = str(TABLES["Q8"])
    assert text.splitlines()[0] == "Q8, order 8"
    assert text.splitlines()[4].split() == ["trivial", "1", "+1", "1", "1", "1", "1", "1"]
    assert text.splitlines()[-1].split() == ["χ5", "2", "-1", "2", "-2", "0", "0", "0"]
    assert len({len(line) for line in text.splitlines()[2:]}) == 1
    assert repr(TABLES["Q8"]) == "<character table of Q8: 5 classes>"


def test_errors_repeat_what_was_given():
    table = SymmetricGroup(4).character_table()
    chi = table.characters[2]
    other = SymmetricGroup(3).character_table().characters[0]
    with pytest.raises(RepresentationError, match="different groups S4 and S3"):
        chi + other
    with pytest.raises(RepresentationError, match="different groups S4 and S3"):
        chi.inner(other)
    with pytest.raises(RepresentationError, match="S5 acts on 5 points and S4 on 4"):
        chi.restrict(SymmetricGroup(5))
    with pytest.raises(RepresentationError, match=r"S4 is no subgroup of A4.*Permutation\(\[1, 2, 3, 0\]\)"):
        chi.induce(AlternatingGroup(4))
    with pytest.raises(RepresentationError, match=r"2 values .* 5 conjugacy classes"):
        ClassFunction(table.group, (E(1), E(1)))
    with pytest.raises(RepresentationError, match="k ≥ 0, not -2"):
        chi.symmetric_power(-2)
    with pytest.raises(RepresentationError, match=r"k ≥ 0, not 1\.5"):
        chi**1.5
    with pytest.raises(RepresentationError, match="no character"):
        (chi * Fraction(1, 2)).determinant()
    with pytest.raises(RepresentationError, match=r"holds \[2,2\] with multiplicity 1/2"):
        (chi * Fraction(1, 2)).decompose()
    with pytest.raises(RepresentationError, match="give k prime to 5"):
        AlternatingGroup(5).character_table().characters[1].galois(10)
    with pytest.raises(RepresentationError, match="no irreducible character number 7: choose 0, …, 4"):
        table.tensor(0, 7)
    with pytest.raises(RepresentationError, match=r"classes \[0, 2\] are not those of a normal subgroup of S4"):
        table.quotient([0, 2])
    with pytest.raises(RepresentationError, match=r"classes \[0, 99\]"):
        table.quotient({0, 99})
    with pytest.raises(RepresentationError, match=r"classes \[\]"):
        table.quotient([])
    with pytest.raises(RepresentationError, match="no class function of the quotient"):
        table.quotient(table.normal_subgroups()[1]).inflate(chi)
    with pytest.raises(GroupError, match=r"\[2, 2, 1\] is not the cycle type of a permutation of 4 points"):
        murnaghan_nakayama([3, 1], [2, 2, 1])
    with pytest.raises(GroupError, match=r"\[1, 3\] is not a partition"):
        murnaghan_nakayama([1, 3], [4])
    with pytest.raises(GroupError, match=r"\[0, 0, 1, 2\]"):
        chi([0, 0, 1, 2])


def test_limits_are_stated_and_messages_stay_readable():
    with pytest.raises(TooLargeError, match="1255 conjugacy classes; character tables are computed up to 1200"):
        SymmetricGroup(23).character_table()
    with pytest.raises(TooLargeError, match="1201 conjugacy classes"):
        CyclicGroup(1201).character_table()
    with pytest.raises(TooLargeError, match="conjugacy classes; classes are written down up to 100000"):
        SymmetricGroup(60).conjugacy_classes()
    with pytest.raises(TooLargeError, match=r"^M24 has 244823040 elements on 24 points"):
        named_group("M24").elements
    with pytest.raises(TooLargeError) as caught:
        disguised(named_group("A24")).character_table()
    assert len(str(caught.value)) < 400
    assert "(degree 24)" in str(caught.value)


@settings(max_examples=20)
@given(st.integers(0, 95039), st.data())
def test_positions_in_a_large_group_are_found_without_a_dictionary(position, data):
    group = M12
    element = group.elements[position]
    assert group.index(element) == position
    assert "_positions" not in group.__dict__
    assert element in group
    i, j = data.draw(st.permutations(range(12)))[:2]
    images = list(element)
    images[i], images[j] = images[j], images[i]
    assert images not in group  # an odd permutation times an element of a group of even ones
    with pytest.raises(GroupError, match="is not an element of M12"):
        group.index(images)
    with pytest.raises(GroupError, match="is not an element of M12"):
        group.index([1, 0])


M12 = named_group("M12")
