"""`group.irrep`: the irrep at a place, with a label or a character, as among all irreps."""

import pickle

import pytest
from bistate.groups import (
    DihedralGroup,
    GroupError,
    PermutationGroup,
    RepresentationError,
    SymmetricGroup,
    TooLargeError,
    named_group,
)
from bistate.groups.recognition import choose
from bistate.groups.recognition.choose import recognised

# A formula each, one walk, one walk and Dixon's method, Dixon's method, and what is recognised.
NAMES = ["C12", "D7", "S5", "Q8xC3", "SL(2,5)", "A6", "PSL(2,13)", "A7", "D5wrC3"]


@pytest.mark.parametrize("name", NAMES)
def test_single_irreps_are_those_of_the_table(name):
    group = named_group(name)
    count = len(group.conjugacy_classes())
    places = range(count) if count < 12 else range(1, count, count // 4)
    found = {k: group.irrep(k) for k in places}
    assert "_irreps" not in group.__dict__ or "complex" not in group._irreps
    table = group.character_table()
    for k, rho in found.items():
        assert rho.label == table.labels[k]
        assert rho._traces().values == table.values[k]
        assert rho.verify()
        assert group.irrep(k) is group.irrep(table.labels[k]) is group.irrep(table.characters[k]) is rho
    for k, rho in enumerate(group.irreps()):
        assert group.irrep(k) is rho
        if k in found:
            assert (found[k].label, found[k].schur_index) == (rho.label, rho.schur_index)
            assert found[k].field.degree == rho.field.degree


def test_one_irrep_of_a_galois_orbit_is_all_that_is_made(monkeypatch):
    from bistate.groups.irreducible import general

    made = []
    construct = general._construct
    monkeypatch.setattr(general, "_construct", lambda *args: made.append(args[3]) or construct(*args))
    group = PermutationGroup(named_group("PSL(2,13)").generators)
    rho = group.irrep(8)
    assert len(made) == 1
    assert rho.degree == group.character_table().degrees[8]


def test_what_serves_all_irreps_is_found_once_and_not_pickled(monkeypatch):
    times = []
    monkeypatch.setattr(choose, "recognised", lambda group: times.append(group) or recognised(group))
    group = PermutationGroup(named_group("D5wrC3").generators)
    made = [group.irrep(k) for k in (0, 5, 9)]
    assert times.count(group) == 1
    copied = pickle.loads(pickle.dumps(group))
    assert copied.irrep(9).images == made[2].images
    assert copied.irrep(10).degree == group.character_table().degrees[10]


def test_all_labels_of_a_small_group_are_named():
    with pytest.raises(RepresentationError, match=r"'sign' is no irrep of C1, whose 1 irreps are called trivial$"):
        named_group("C1").irrep("sign")


def test_symmetric_groups_have_single_irreps_beyond_all_at_once():
    group = SymmetricGroup(14)
    with pytest.raises(TooLargeError, match="irrep"):
        group.irreps()
    rho = group.irrep("[12,2]")
    assert (rho.degree, rho.label) == (77, "[12,2]")
    assert group.irrep(2).degree == 13
    with pytest.raises(TooLargeError, match="entries"):
        group.irrep("[5,4,3,2]")


@pytest.mark.parametrize(
    ("which", "error", "text"),
    [
        (7, RepresentationError, r"no irrep number 7: choose 0, …, 6"),
        (-1, RepresentationError, r"no irrep number -1: choose 0, …, 6"),
        ("[6]", RepresentationError, r"'\[6\]' is no irrep of S5, whose 7 irreps are called \[5\]"),
        (True, GroupError, "not by True"),
        (1.0, GroupError, r"not by 1\.0"),
        ([1], GroupError, r"not by \[1\]"),
    ],
)
def test_what_does_not_occur_is_refused_with_what_does(which, error, text):
    with pytest.raises(error, match=text):
        SymmetricGroup(5).irrep(which)


def test_characters_that_are_no_irreps_are_refused():
    group, table = SymmetricGroup(4), SymmetricGroup(4).character_table()
    with pytest.raises(RepresentationError, match="no irreducible character"):
        group.irrep(table.characters[0] + table.characters[1])
    with pytest.raises(RepresentationError, match="no irreducible character"):
        group.irrep(SymmetricGroup(3).character_table().characters[0])
    with pytest.raises(RepresentationError, match="choose 0, …, 3"):
        DihedralGroup(5).irrep(4)


def test_limits_are_those_of_all_irreps():
    with pytest.raises(TooLargeError, match="order 2000"):
        named_group("C3001").irrep(1)
    with pytest.raises(TooLargeError, match="4000"):
        DihedralGroup(2000).irrep(1)
