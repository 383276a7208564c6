"""Ctrl-C at random moments of every long command: exit code 130, one line, nothing half-written.

    python benchmarks/interruptions.py                      # 50 moments of every command, about twenty minutes
    python benchmarks/interruptions.py --moments 5 group    # a few of one

A command is first run to its end, which gives its time; then again and again in an empty folder, with a signal at a
moment drawn from that time. Afterwards every file in the folder has to be readable, JSON, tensors, tables; and no
temporary file may lie about. `train` and `sweep` may leave runs that go on; their checkpoints are read like the rest.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BEGIN = "print('begun', flush=True); from bistate.__main__ import main; import sys; sys.exit(main())"
COMMANDS = {
    "group": ["group", "S6", "--output", "s6.json", "--matrices"],
    "classify": ["classify", "S4", "--prove"],
    "build": ["build", "S5", "-o", "s5.json"],
    "data": ["data", "S3", "-o", "words.csv", "--size", "60000"],
    "atlas": ["atlas", "--max-order", "7", "-o", "atlas"],
    "train": ["train", "S3", "-o", "run", "--steps", "150", "--hidden", "16"],
    "sweep": [
        "sweep",
        "-o",
        "sweep",
        "--task",
        "C3",
        "--model",
        "full",
        "--seeds",
        "2",
        "--steps",
        "50",
        "--hidden",
        "16",
    ],
    "verify": ["verify", "s3", "-o", "report", "--longest", "100"],
    "certify": ["certify", "s3", "-o", "proof.json", "--longest", "300"],
    "recognise": ["recognise", "s3"],
}


def start(arguments: list[str], folder: Path) -> subprocess.Popen[str]:
    """A process of the command whose first line, said before anything of ours is imported, has been read."""
    code = f"import sys; sys.argv = ['bistate', *{arguments!r}]; {BEGIN}"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process: subprocess.Popen[str] = subprocess.Popen([sys.executable, "-c", code], cwd=folder, **pipes)  # type: ignore[call-overload]
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def readable(folder: Path) -> list[str]:
    """What is wrong with the files that an interrupted command has left."""
    from safetensors import safe_open

    faults = []
    for path in folder.rglob("*"):
        if path.is_dir():
            continue
        if path.name.startswith(".") and path.name != ".lock":
            faults.append(f"{path.name} lies about")
        try:
            if path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
            elif path.suffix == ".jsonl":
                [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            elif path.suffix == ".safetensors":
                with safe_open(path, framework="pt") as file:
                    list(file.keys())
            elif path.suffix == ".csv" and path.stat().st_size and not path.read_text(encoding="utf-8").endswith("\n"):
                faults.append(f"{path.name} ends in the middle of a line")
        except Exception as error:
            faults.append(f"{path.name}: {type(error).__name__} {error}")
    return faults


def one(arguments: list[str], after: float, model: Path) -> tuple[str, list[str]]:
    """How a command ended that was interrupted: "130" or "done"; and what is wrong with that."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(model, folder / "s3")
        process = start(arguments, folder)
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        try:
            _, said = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return "none", ["did not end within a minute"]
        lines = [line for line in said.splitlines() if " so far" not in line and "warning:" not in line]
        faults = readable(folder)
        if "Traceback" in said or len(lines) > 1:
            faults.append(f"said {said[-300:]!r}")
        if process.returncode == 0 and not lines:
            return "done", faults
        if process.returncode != 130 or not lines or not lines[0].startswith("bistate: interrupted"):
            faults.append(f"exit code {process.returncode}, said {said[-300:]!r}")
        return str(process.returncode), faults


def main() -> None:
    """Run all, print a line for each command and one for each fault; exit code 1 if there was any."""
    parser = argparse.ArgumentParser(description="Ctrl-C at random moments.")
    parser.add_argument("commands", nargs="*", default=list(COMMANDS), help=f"of {', '.join(COMMANDS)}")
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    found = 0
    with tempfile.TemporaryDirectory() as name:
        from bistate.models import BilinearRNN, save_model
        from bistate.theory import realize
        from bistate.verify import parse_task

        model = Path(name) / "s3"
        save_model(BilinearRNN.from_weights(realize(parse_task("S3"), rung="block")), model)
        note = {"task": "S3", "letters": "all", "track": "element", "side": "left", "lengths": [2, 10]}
        (model / "task.json").write_text(json.dumps(note), encoding="utf-8")
        for command in asked.commands:
            arguments = COMMANDS[command]
            with tempfile.TemporaryDirectory() as place:
                shutil.copytree(model, Path(place) / "s3")
                begun = time.monotonic()
                process = start(arguments, Path(place))
                _, said = process.communicate()
                whole = time.monotonic() - begun
                assert process.returncode in (0, 1), said
            draw = random.Random(f"{command} {asked.seed}")
            ended: dict[str, int] = {}
            for _ in range(asked.moments):
                after = draw.uniform(0, whole)
                how, faults = one(arguments, after, model)
                if how == "done":  # the machine had less to do than at first: later moments are all too late
                    whole = after
                ended[how] = ended.get(how, 0) + 1
                found += bool(faults)
                for fault in faults:
                    print(f"  {command} after {after:.2f} of {whole:.2f} s: {fault}", flush=True)
            print(f"{command:10} {whole:5.1f} s  {ended}", flush=True)
    sys.exit(found > 0)


if __name__ == "__main__":
    main()
