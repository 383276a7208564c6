"""`classify(group)`: CPU seconds and peak memory, each in a fresh process, imports left out of the seconds.

    python benchmarks/classify_groups.py [--groups "S7 M11"] [--limit 120] [--output FILE]

The last columns are the word problem with the generators as letters, and with all elements, where the table of order²
products can be made. Memory is the peak of the process, of which the imports take some 95 MB.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

GROUPS = ["S7", "M11", "A8", "S8", "W(E6)", "C2wrS6", "S5xS6", "M12", "PSL(2,53)", "PSL(2,59)", "M22", "M23", "M24"]
ABELIAN = ["C1000", "C2^10", "C3^6", "C20000", "C100xC1000", "C2^16"]
KINDS = {
    "classify(group)": "classify(group)",
    "generators": 'classify(Automaton.word_problem(group, letters="generators"))',
    "all letters": "classify(Automaton.word_problem(group))",
}
CHILD = """
import resource, time
from bistate.groups import named_group
from bistate.groups.errors import TooLargeError
from bistate.theory import Automaton, classify
start = time.process_time()
try:
    group = named_group({name!r})
    ladder = {call}
    print(f"{{time.process_time() - start:.2f}} s, {{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}} MB")
except TooLargeError as error:
    print("refused")
"""


def measured(name: str, call: str, limit: float) -> str:
    """Seconds and megabytes, or why there are none."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", CHILD.format(name=name, call=call)], capture_output=True, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return f"over {limit:.0f} s"
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", default=" ".join(GROUPS + ABELIAN))
    parser.add_argument("--limit", type=float, default=120)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    lines = ["python benchmarks/classify_groups.py", f"{'group':14}" + "".join(f"{kind:>20}" for kind in KINDS)]
    for name in arguments.groups.split():
        cells = [measured(name, call, arguments.limit) for call in KINDS.values()]
        lines.append(f"{name:14}" + "".join(f"{cell:>20}" for cell in cells))
        print(lines[-1], file=sys.stderr)
    text = "\n".join(lines) + "\n"
    if arguments.output:
        arguments.output.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
