"""`bistate group A5`: what a group is, and its irreps. `bistate cascade TASK`: the groups inside an automaton."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...groups.catalogue.identification import name_or_order
from ...groups.catalogue.named import named_group
from ...groups.errors import RepresentationError, TooLargeError
from ...groups.group import PermutationGroup
from ...groups.representations.homomorphism import FIELDS
from ...groups.representations.representation import Representation
from ...groups.text_file import write_text
from ...groups.watch import progress
from ..terminal.limits import CommandError, check_file
from ..terminal.output import (
    AlphabetOption,
    JsonOption,
    Letters,
    LettersOption,
    Side,
    SideOption,
    Task,
    Track,
    TrackOption,
    command,
    show,
    show_json,
    table,
    task_options,
    working,
)

if TYPE_CHECKING:
    from ...theory.cascade.layers import Cascade

CLASSES_SHOWN, CHARACTERS_SHOWN = 20, 12


@command()
def group(
    name: Annotated[
        str,
        typer.Argument(
            help="A group: C12, S4, D4 (order 8), C2xC4, A5, Q8, PSL(2,7), C7:C3, W(E6), Oh, (1,2,3),(1,2), …"
        ),
    ],
    certificate: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            "--certificate",
            help="Save a certificate of its character table here; `bistate check` checks it.",
        ),
    ] = None,
    matrices: Annotated[
        bool, typer.Option("--matrices", help="Put the matrices of the irreps into the certificate as well.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a group: order, generators, classes, irreducible representations over three fields, character table."""
    if certificate is not None:
        check_file(certificate)
    elif matrices:
        raise CommandError("--matrices belongs to --output FILE, which is not given")
    with working(f"computing {name}") as tell, progress(lambda text: tell(f"computing {name}: {text}")):
        found = named_group(name)
        facts = group_facts(found, name)
        if certificate is not None:
            proof = found.character_table().certificate(found.irreps() if matrices else ())
            proof.save(certificate)
            facts |= {"certificate": str(certificate), "claim": proof.claim}
    if as_json:
        show_json(facts)
        return
    also = facts["isomorphic_to"]
    also = "" if also == facts["name"] or also.startswith("a group") else f" (isomorphic to {also})"
    show(f"{facts['name']}: order {facts['order']}, acting on {facts['degree']} points{also}")
    show(f"generators: {', '.join(facts['generators']) or 'none'}")
    _show_classes(facts)
    _show_irreps(facts)
    _show_characters(facts)
    if certificate is not None:
        show(f"proved     {facts['claim']}")
        show(f"saved      {certificate}; bistate check {certificate}")


def group_facts(group: PermutationGroup, name: str) -> dict[str, Any]:
    """Everything the command shows, as JSON values; a field without irreps has a reason under "not_available"."""
    facts: dict[str, Any] = {
        "name": str(group) if group.name else name,
        "isomorphic_to": name_or_order(group),
        "order": group.order,
        "degree": group.degree,
        "abelian": group.is_abelian,
        "generators": [str(g) for g in group.generators],
        "classes": None,
        "irreps": {},
        "character_table": None,
        "not_available": {},
    }
    try:
        classes = group.conjugacy_classes()
    except TooLargeError as error:
        facts["not_available"] = dict.fromkeys(FIELDS, str(error))
        return facts
    facts["classes"] = [{"element": str(c.representative), "size": c.size, "order": c.order} for c in classes]
    for field in FIELDS:
        try:
            facts["irreps"][field] = [_irrep(rho) for rho in group.irreps(field)]
        except (TooLargeError, RepresentationError) as error:
            facts["not_available"][field] = str(error)
    if "complex" in facts["irreps"] and len(classes) <= CHARACTERS_SHOWN:
        facts["character_table"] = [[str(value) for value in row] for row in group.character_table().values]
    return facts


def _irrep(rho: Representation) -> dict[str, Any]:
    return {
        "label": rho.label,
        "degree": rho.degree,
        "indicator": rho.indicator,
        "field": str(rho.field),
        "conductor": rho.conductor,
        "schur_index": rho.schur_index,
    }


def _show_classes(facts: dict[str, Any]) -> None:
    if facts["classes"] is None:
        return
    classes = facts["classes"]
    rows = [[c["element"], str(c["size"]), str(c["order"])] for c in classes[:CLASSES_SHOWN]]
    show(table(["class of", "size", "element order"], rows, f"{len(classes)} conjugacy classes"))
    if len(classes) > CLASSES_SHOWN:
        show(f"… and {len(classes) - CLASSES_SHOWN} more; --json lists all")


def _show_irreps(facts: dict[str, Any]) -> None:
    types = {1: "+1 real", 0: "0 complex", -1: "−1 quaternionic"}
    for field, irreps in facts["irreps"].items():
        rows = [
            [r["label"], str(r["degree"]), types[r["indicator"]], r["field"], str(r["schur_index"] or "–")]
            for r in irreps[:CLASSES_SHOWN]
        ]
        head = ["irrep", "degree", "indicator", "entries in", "Schur index"]
        show(table(head, rows, f"{len(irreps)} irreps, {field}"))
        if len(irreps) > CLASSES_SHOWN:
            show(f"… and {len(irreps) - CLASSES_SHOWN} more; --json lists all")
    for reason, fields in _by_reason(facts["not_available"]).items():
        show(f"no {', '.join(fields)} irreps: {reason}")


def _by_reason(missing: dict[str, str]) -> dict[str, list[str]]:
    """The fields that share one reason, together."""
    found: dict[str, list[str]] = {}
    for field, reason in missing.items():
        found.setdefault(reason, []).append(field)
    return found


def _show_characters(facts: dict[str, Any]) -> None:
    if facts["character_table"] is None:
        return
    head = ["character", *(c["element"] for c in facts["classes"])]
    labels = [r["label"] for r in facts["irreps"]["complex"]]
    rows = [[label, *row] for label, row in zip(labels, facts["character_table"], strict=True)]
    show(table(head, rows, "character table"))


@command()
def cascade(
    task: Task,
    dot: Annotated[
        Path | None, typer.Option(help="Write the images and their tiles here as a DOT graph, for Graphviz.")
    ] = None,
    letters: LettersOption = Letters.ALL,
    track: TrackOption = Track.ELEMENT,
    side: SideOption = Side.LEFT,
    alphabet: AlphabetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show an automaton as layers of permutations and resets, with their groups; the emulation is checked."""
    from ..task_texts import parse_task  # and with it automata, which a group does without

    if dot is not None:
        check_file(dot, "--dot")
    with working(f"decomposing {task}"):
        automaton = parse_task(task, **task_options(letters, track, side, alphabet))
        found = automaton.cascade()
        proof = found.emulates(automaton)
    if dot is not None:
        write_text(dot, found.to_dot())
    if as_json:
        show_json({"task": task, **cascade_facts(found), "verdict": proof.outcome.value, "reason": proof.reason})
        return
    show(f"{task}: {found}")
    show(f"{proof.outcome}: {proof.reason}")


def cascade_facts(found: Cascade) -> dict[str, Any]:
    """A cascade as JSON values, without the moves of its layers."""
    return {
        "states": len(found.states),
        "tuples": len(found.decoded),
        "complexity": list(found.complexity),
        "aperiodic": found.is_aperiodic,
        "layers": [
            {
                "height": layer.height,
                "states": layer.size,
                "group": layer.group_name,
                "order": layer.group.order,
                "factors": list(layer.factors),
                "images": [[str(q) for q in image.images[0]] for image in layer.classes],
            }
            for layer in found.layers
        ],
    }
