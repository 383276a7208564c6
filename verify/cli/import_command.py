"""`bistate import weights.npz -o own`: somebody's arrays as a folder that every command takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...models.files.arrays import read_network
from ...models.files.own_module import MODEL_CONFIG, MODEL_TENSORS, save_model
from ..terminal.limits import CommandError, check_folder
from ..terminal.output import JsonOption, command, show, show_json


@command()
def import_(
    weights: Annotated[
        Path,
        typer.Argument(
            help="A .npz or .safetensors file with arrays A (letters, hidden, hidden), start, readout (states, hidden) "
            "and, if there are any, add (letters, hidden), bias (states) and normalize (0 or 1); real or complex."
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to make.")],
    as_json: JsonOption = False,
) -> int:
    """Read a linear or affine recurrence from arrays; certify, recognise and verify take the folder as a run."""
    if any((output / name).exists() for name in (MODEL_CONFIG, MODEL_TENSORS)):
        raise CommandError(f"{str(output)!r} holds a model already; give another folder")
    check_folder(output)
    net = read_network(weights)
    save_model(net, output)
    facts = net.config | {"folder": str(output)}
    if as_json:
        show_json(facts)
        return 0
    show(f"saved     {output}: {net.letters} letters, {net.hidden} hidden units, {net.states} scores")
    for change in net.changes:
        show(f"changed   {change}")
    show(f"next      bistate certify {output} --task TASK, bistate recognise {output}")
    return 0
