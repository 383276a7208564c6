"""Certificates of character tables: what is true is accepted, what is changed is refused, hypothesis by hypothesis."""

import ast
import copy
import json
import subprocess
import sys

import pytest
from bistate.groups import (
    CyclicGroup,
    PermutationGroup,
    QuaternionGroup,
    RepresentationError,
    TooLargeError,
    direct_product,
    named_group,
)
from bistate.groups.table_check.checker import check, check_file
from bistate.groups.table_check.document import KIND
from bistate.groups.table_check.errors import CheckError, FormatError
from bistate.verify.cli import main
from helpers.changed_documents import changes, with_change
from helpers.paths import ROOT

GROUPS = ["C1", "C2", "C5", "C2xC4", "S3", "D4", "Q8", "A4", "SL(2,3)", "C7:C3", "S4", "A5", "C5:C8[2]", "S5", "M11"]


def certificate_of(name, matrices=False):
    group = named_group(name)
    return group.character_table().certificate(group.irreps() if matrices else ())


def reason(document):
    with pytest.raises(CheckError) as caught:
        check(document)
    return str(caught.value)


@pytest.mark.parametrize("name", GROUPS)
def test_tables_are_proved_with_all_that_is_said(name):
    table = named_group(name).character_table()
    proved = check(json.loads(json.dumps(table.certificate().document)))
    assert proved.order == table.group.order
    assert (proved.degrees, proved.indicators) == (table.degrees, table.indicators)
    assert all(m == 2 for m, nu in zip(proved.schur_indices, proved.indicators, strict=True) if nu == -1)
    assert sum(d * d for d in proved.degrees) == proved.order


@pytest.mark.parametrize("name", ["C3", "Q8", "SL(2,3)", "S4", "A5", "SL(2,5)", "C5:C8[2]", "PSL(2,7)"])
def test_schur_indices_are_those_of_the_irreps(name):
    """With matrices over Q(χ) at hand the index 1 is proved by them; elsewhere it is stated only where it is proved."""
    group = named_group(name)
    known = [rho.schur_index for rho in group.irreps()]
    for proved in (certificate_of(name).proved, certificate_of(name, matrices=True).proved):
        pairs = [(m, n) for m, n in zip(proved.schur_indices, known, strict=True) if m is not None]
        assert all(m == n for m, n in pairs)
    assert list(certificate_of(name, matrices=True).proved.schur_indices) == known


@pytest.mark.parametrize(
    ("name", "matrices"), [("Q8", True), ("C7:C3", False), ("S4", True), ("A5", False), ("C6", True)]
)
def test_every_change_of_one_place_is_refused(name, matrices):
    certificate = certificate_of(name, matrices)
    tried = held = 0
    for place, new, document in changes(certificate.document):
        tried += 1
        try:
            proved = check(document)
        except CheckError:
            continue
        # Other classes may be counted: that is no claim, and the same has to be proved.
        assert place[0] == "counted", (place, new)
        assert proved == certificate.proved
        held += 1
    assert tried > 300
    assert held < 20


def test_other_entries_are_refused():
    document = certificate_of("S3").document
    assert "'name' of the certificate is unknown" in reason(document | {"name": "S3"})
    assert "'label' of character 0 is unknown" in reason(with_change(document, ("characters", 0, "label"), "trivial"))


# --- one error for each hypothesis of the theorem; the others hold ---


def test_products_of_classes_tell_characters_of_another_group():
    """C2xC2 has four rows of norm one, all different, that are no characters of C4."""
    document = copy.deepcopy(certificate_of("C4").document)
    rows = [[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]
    for row, values in zip(document["characters"], rows, strict=True):
        row |= {"values": values, "indicator": 1}
    document["conductor"] = 1
    document["counted"] = [0, 1, 2, 3]
    assert "is no homomorphism of the centre" in reason(document)


def test_a_multiple_of_a_character_has_not_the_norm_one():
    document = copy.deepcopy(certificate_of("S3").document)
    row = document["characters"][2]
    row |= {"degree": 4, "values": [2 * value for value in row["values"]]}
    assert reason(document) == "character 2 has not the norm 1"


def test_rows_have_to_differ_on_the_classes_that_are_counted():
    document = certificate_of("S3").document
    twice = with_change(document, ("characters", 1), document["characters"][0])
    assert reason(twice) == "characters 0 and 1 agree on the classes that are counted"
    assert "agree on the classes" in reason(document | {"counted": []})


def test_an_irreducible_representation_needs_its_own_trace_and_products():
    document = certificate_of("S4", matrices=True).document
    swapped = copy.deepcopy(document)
    swapped["irreps"][3], swapped["irreps"][4] = swapped["irreps"][4], swapped["irreps"][3]
    assert "another trace" in reason(swapped)
    mixed = copy.deepcopy(document)
    mixed["irreps"][3]["generators"][0] = mixed["irreps"][4]["generators"][0]
    assert "do not multiply" in reason(mixed)


def test_classes_are_listed_and_not_believed():
    document = certificate_of("A4").document
    classes = [entry["representative"] for entry in document["classes"]]
    third = classes.index(next(z for z in classes if sum(a == b for a, b in enumerate(z)) == 1))
    conjugate = [entry for entry in named_group("A4").elements if list(entry) not in classes and entry.order == 3]
    same = with_change(document, ("classes", third, "representative"), list(conjugate[0]))
    other = with_change(document, ("classes", third, "representative"), list(conjugate[0].inverse()))
    outcomes = []
    for changed in (same, other):
        try:
            outcomes.append(check(changed) == certificate_of("A4").proved)
        except CheckError as error:
            outcomes.append("conjugate" in str(error))
    assert outcomes == [True, True]  # another element of the class is as good, one of the other class is refused


# --- what is refused before work starts ---


def test_groups_too_large_to_list_are_refused_with_the_limit():
    with pytest.raises(TooLargeError, match=r"362880 elements.*lists at most 200000"):
        named_group("S9").character_table().certificate()


def test_irreps_that_are_not_those_of_the_rows_are_refused():
    group = CyclicGroup(3)
    with pytest.raises(RepresentationError, match="another trace"):
        group.character_table().certificate(group.irreps()[::-1])


@pytest.mark.parametrize(
    ("place", "value", "text"),
    [
        (("order",), 10**9, "from 1 to 200000"),
        (("degree",), True, "'degree' is True"),
        (("kind",), "bistate character table 2", "is not 'bistate character table 1'"),
        (("generators", 0), [0, 0, 1], "no permutation of 0 to 2"),
        (("conductor",), 10**6, "from 1 to 5000"),
        (("characters", 0, "values", 0), [[0, 1]], "1 is an integer"),
        (("characters", 0, "values", 0), [[1, 0]], "a coefficient other than 0"),
        (("characters", 0, "values", 0), 1.0, "list"),
        (("power_maps",), {"2": [0, 0, 2]}, "'3' of 'power_maps' is missing"),
        (("irreps",), [{}], "has to have none or 3"),
        (("counted",), [1, 1], "names a class twice"),
    ],
)
def test_what_is_no_certificate_is_said(place, value, text):
    with pytest.raises(FormatError) as caught:
        check(with_change(certificate_of("S3").document, place, value))
    assert text in str(caught.value)


@pytest.mark.parametrize("document", [None, [], {}, {"kind": KIND}, 7, "x", [[]] * 3])
def test_other_values_are_no_certificates(document):
    with pytest.raises(FormatError):
        check(document)


def test_a_larger_conductor_for_the_same_numbers_is_refused():
    assert "smaller field" in reason(certificate_of("S3").document | {"conductor": 2})


def test_the_conductor_has_to_divide_the_exponent():
    """Over Q(ζ_21) the numbers 1 and 15 that fix Q(ζ_7) are not both prime to 21: the index 2 would pass for 1."""
    document = copy.deepcopy(
        direct_product(QuaternionGroup(8), CyclicGroup(7)).character_table().certificate().document
    )
    e, wide = document["conductor"], 3 * document["conductor"]
    assert e == 7
    document["conductor"] = wide
    for row in document["characters"]:
        for j, value in enumerate(row["values"]):
            if isinstance(value, list):  # ζ_7^k = −ζ_7^k (ζ_3 + ζ_3²)
                terms = [((3 * k + shift) % wide, -c) for k, c in value for shift in (e, 2 * e)]
                total = {k: sum(c for place, c in terms if place == k) for k in sorted({k for k, _ in terms})}
                row["values"][j] = [[k, c] for k, c in total.items() if c]
        if row["degree"] == 2 and row["indicator"] == 0:
            row["schur_index"] = 1
    assert reason(document) == "the conductor 21 does not divide the exponent 28 of the group"


# --- apart from everything else ---


def test_the_checker_imports_the_standard_library_and_itself():
    own = sorted((ROOT / "groups" / "table_check").glob("*.py"))
    assert len(own) >= 8
    for path in own:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or (node.level == 0 and node.module.split(".")[0] in sys.stdlib_module_names)
            elif isinstance(node, ast.Import):
                assert all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in node.names)


def test_it_runs_where_it_is_copied_to(tmp_path):
    copied = tmp_path / "table_check"
    copied.mkdir()
    for path in (ROOT / "groups" / "table_check").glob("*.py"):
        (copied / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    certificate = certificate_of("Q8")
    certificate.save(tmp_path / "good.json")
    wrong = with_change(certificate.document, ("characters", 4, "indicator"), 1)
    (tmp_path / "wrong.json").write_text(json.dumps(wrong), encoding="utf-8")
    (tmp_path / "none.json").write_text('{"kind": 1, "kind": 2}', encoding="utf-8")
    for name, code, text in [
        ("good.json", 0, certificate.claim),
        ("wrong.json", 1, "rejected: the indicator of character 4 is not 1"),
        ("none.json", 2, "a name stands twice"),
    ]:
        command = [sys.executable, "-m", "table_check", name]
        run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert (run.returncode, text in run.stdout + run.stderr) == (code, True)


def test_the_command_line_saves_and_checks(tmp_path, capsys):
    path = tmp_path / "a5.json"
    assert main(["group", "A5", "--certificate", str(path), "--matrices", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["claim"] == certificate_of("A5", matrices=True).claim
    assert check_file(path).irreps
    assert main(["check", str(path)]) == 0
    assert f"holds     {facts['claim']}" in capsys.readouterr().out
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(with_change(document, ("order",), 120)), encoding="utf-8")
    assert main(["check", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["reason"] == "the generators have 60 products, and not 120"
    path.write_text(json.dumps(with_change(document, ("order",), -1)), encoding="utf-8")
    assert main(["check", str(path)]) == 2
    assert "'order' is -1" in capsys.readouterr().err
    assert main(["check", str(path), "--run", str(tmp_path)]) == 2
    assert "--run" in capsys.readouterr().err
    assert main(["group", "A5", "--matrices"]) == 2
    assert main(["group", "A5", "--certificate", str(tmp_path / "missing" / "a5.json")]) == 2


def test_a_group_without_generators_and_one_of_one_point():
    assert PermutationGroup([], degree=3).character_table().certificate().proved.degrees == (1,)
    assert PermutationGroup([[0]]).character_table().certificate().proved.order == 1


def test_a_certificate_that_cannot_be_written_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "table.json"
    named_group("C3").character_table().certificate().save(path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        named_group("S3").character_table().certificate().save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["table.json"]
