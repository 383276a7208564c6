"""A first look at an installed bistate, from an empty folder: does every layer work, and the command line?

Run it with the Python of the environment in question; it imports nothing but bistate and what that brings:

    .venv/bin/python tools/smoke.py
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def bistate(*arguments: str) -> str:
    """What `python -m bistate …` prints.

    Raises:
        SystemExit: if it does not end with 0.
    """
    done = subprocess.run([sys.executable, "-m", "bistate", *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bistate {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def require(right: bool, what: str) -> None:
    """End with a line about what is wrong."""
    if not right:
        sys.exit(f"smoke test: {what}")


def library() -> None:
    """One name of every layer at work: exact weights, a model, an honest horizon."""
    import bistate

    require(bistate.__version__ == importlib.metadata.version("bistate"), "the version differs from that installed")
    group = bistate.groups.SymmetricGroup(3)
    require([rho.degree for rho in group.irreps()] == [1, 1, 2], "the irreps of S3 are not those known")
    task = bistate.theory.Automaton.word_problem(group)
    weights = bistate.theory.realize(task, rung="block")
    require(weights.prove(task).proved, "exact weights are not proved")
    model = bistate.models.BilinearRNN.from_weights(weights)
    require(bistate.models.evaluate(model, task, length=100) == 1.0, "exact weights answer wrongly")
    require(bistate.verify.certify(model, task).horizon > 1000, "exact weights are not certified")


def command_line() -> None:
    """Weights, a short training, a certificate that is checked again, a table of words and its group."""
    require(bistate("--version").split()[1] == importlib.metadata.version("bistate"), "--version says something else")
    require("order 6" in bistate("group", "S3"), "bistate group S3")
    require("right for words of every length" in bistate("build", "S3", "-o", "s3.json"), "bistate build S3")
    bistate("train", "C3", "-o", "run", "--hidden", "8", "--steps", "300", "--seed", "1")
    bistate("certify", "run", "-o", "proof.json", "--effort", "quick")
    require(json.loads(bistate("check", "proof.json", "--json"))["holds"], "the certificate does not hold")
    bistate("data", "S3", "-o", "words.csv", "--size", "2000")
    require("order 6" in bistate("recognise", "words.csv"), "bistate recognise words.csv")
    require("positive" in bistate("classify", "S3"), "bistate classify S3")


def main() -> None:
    """Run all of it in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        library()
        command_line()
        require(
            sorted(path.name for path in Path().iterdir()) == ["proof.json", "run", "s3.json", "words.csv"], "files"
        )
        os.chdir("/")
    print(f"bistate {importlib.metadata.version('bistate')} works in {sys.prefix}")


if __name__ == "__main__":
    main()
