"""Automata with three states and two letters: the share of exact rows, and attacks on the lower bounds.

    python benchmarks/plane.py [--entries 3] [--restarts 48] [--steps 500]

Writes `results/plane.md`. All tables in which every state is reached from the first one. Two attacks on "three units":
cones in the plane with generators of whole entries of at most `--entries`, all arrangements, decided in integers; and
weights of two units (or of blocks of two) found by gradient descent on all words of up to 8 letters, whose first wrong
word is then looked for among all words of up to 14. Where two units do, the same descent is run as a control.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement, permutations, product
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from bistate.groups.text_file import write_text
from bistate.theory import Automaton, classify
from bistate.theory.cones.plane import cones_in_the_plane, exact_codes_in_the_plane

TABLE = Path(__file__).parent / "results" / "plane.md"
BEFORE = {"full": 36, "block": 50, "monomial": 26, "cp": 28, "diagonal": 408, "rotation": 408, "positive": 418}
TRAINED, TESTED = 8, 14
Map = tuple[int, int, int]
Pair = tuple[Map, Map]


def tables() -> Iterator[Automaton]:
    for flat in product(range(3), repeat=6):
        try:
            yield Automaton(range(3), "ab", np.array(flat).reshape(3, 2), 0)
        except ValueError:  # a state that no word reaches
            continue


def pair_of(A: Automaton) -> Pair:
    first, second = A.table.T.tolist()
    return tuple(first), tuple(second)


def renamed(image: Map, place: tuple[int, ...]) -> Map:
    back = [place.index(i) for i in range(3)]
    return tuple(place[image[back[i]]] for i in range(3))


def kind(pair: Pair) -> Pair:
    """The least of the pairs that differ by names of states and of letters."""
    return min(tuple(sorted(renamed(image, place) for image in pair)) for place in permutations(range(3)))


# --- all cones with small entries ---


def directions(entries: int) -> np.ndarray:
    """Primitive vectors, counterclockwise from (0, 1) to (1, 0)."""
    whole = range(-entries, entries + 1)
    found = {(a // math.gcd(a, b), b // math.gcd(a, b)) for a in whole for b in whole if (a, b) != (0, 0)}
    turn = sorted(found, key=lambda v: (math.atan2(v[1], v[0]) - math.pi / 2) % (2 * math.pi))
    return np.array([v for v in turn if not (v[0] > 0 and v[1] > 0)])


def arrangements(entries: int) -> Iterator[list[list[np.ndarray]]]:
    """Three cones, the first the quadrant, in arrays over all arrangements of one shape; up to a change of basis.

    Arrangements of rays alone are decided exactly by the library. A ray that touches a cone cannot be told from it.
    """
    points = directions(entries)
    shapes: dict[tuple[bool, bool], list[tuple[int, ...]]] = {}
    for at in combinations_with_replacement(range(len(points)), 4):
        rays = at[0] == at[1], at[2] == at[3]
        turns = [points[i][0] * points[j][1] - points[i][1] * points[j][0] for i, j in (at[:2], at[2:])]
        if any(turn <= 0 and not ray for turn, ray in zip(turns, rays, strict=True)):
            continue
        touching = (at[1] == at[2] and any(rays)) or (rays[0] and at[0] == 0)
        if not touching and not (rays[1] and at[3] == len(points) - 1):
            shapes.setdefault(rays, []).append(at)
    for rays, places in shapes.items():
        at = np.array(places)
        for begin in range(0, len(at), 4000):
            part = at[begin : begin + 4000]
            cones = [[np.tile([1, 0], (len(part), 1)), np.tile([0, 1], (len(part), 1))]]
            for first, ray in ((0, rays[0]), (2, rays[1])):
                cones.append([points[part[:, k]] for k in (first, first + 1)][: 1 if ray else 2])
            yield cones


def possible(cones: list[list[np.ndarray]], image: Map) -> np.ndarray:
    """In which arrangements some matrix takes each cone into that of its image; integers, so exact."""
    rows: list[np.ndarray] = []
    groups: list[list[int]] = []

    def row(p: np.ndarray, q: np.ndarray, w: np.ndarray) -> np.ndarray:
        return np.stack([p * w[:, 0], p * w[:, 1], q * w[:, 0], q * w[:, 1]], axis=1)

    for cone, target in zip(cones, (cones[i] for i in image), strict=True):
        if len(target) == 2:
            u, v = target
            for p, q in ((v[:, 1], -v[:, 0]), (-u[:, 1], u[:, 0])):
                groups.append(list(range(len(rows), len(rows) + len(cone))))
                rows += [row(p, q, w) for w in cone]
        else:
            s, t = target[0].T
            group = []
            for w in cone:
                rows += [row(t, -s, w), -row(t, -s, w)]
                group.append(len(rows))
                rows.append(row(s, t, w))
            groups.append(group)
    found = np.zeros(len(rows[0]), dtype=bool)
    every = np.stack(rows, axis=1)  # (arrangements, rows, 4)
    triples = np.array(list(combinations(range(len(rows)), 3)))
    step = max(1, 3_000_000 // (len(triples) * len(rows)))
    for begin in range(0, len(every), step):
        part = every[begin : begin + step]
        a, b, c = (part[:, triples[:, k]] for k in range(3))
        rays = np.empty_like(a)
        for k in range(4):
            i, j, m = (n for n in range(4) if n != k)
            rays[..., k] = (-1) ** k * (
                a[..., i] * (b[..., j] * c[..., m] - b[..., m] * c[..., j])
                - a[..., j] * (b[..., i] * c[..., m] - b[..., m] * c[..., i])
                + a[..., m] * (b[..., i] * c[..., j] - b[..., j] * c[..., i])
            )
        values = np.einsum("ntk,nmk->ntm", rays, part)
        plus, minus = (values >= 0).all(axis=2), (values <= 0).all(axis=2)
        whole = (rays * plus[..., None]).sum(axis=1) - (rays * minus[..., None]).sum(axis=1)
        inside = np.einsum("nk,nmk->nm", whole, part)
        found[begin : begin + step] = np.all([inside[:, group].sum(axis=1) > 0 for group in groups], axis=0)
    return found


def cones_found(wanted: set[Pair], entries: int) -> tuple[set[Pair], int]:
    """Kinds of pairs that some arrangement does, whether or not a readout exists; and how many were looked at."""
    done: set[Pair] = set()
    count = 0
    variants = {
        tuple(renamed(image, place) for image in pair): pair for pair in wanted for place in permutations(range(3))
    }
    for cones in arrangements(entries):
        count += len(cones[0][0])
        known: dict[Map, np.ndarray] = {}
        for (f, g), pair in variants.items():
            if pair not in done:
                for image in (f, g):
                    if image not in known:
                        known[image] = possible(cones, image)
                if (known[f] & known[g]).any():
                    done.add(pair)
    return done, count


# --- descent ---


def longest_right(A: Automaton, blocks: int, restarts: int, steps: int, seed: int) -> int:
    """The most letters up to which all words are right, over some descents; TESTED if no wrong word was found."""
    generator = torch.Generator().manual_seed(seed)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(restarts, *shape, generator=generator, dtype=torch.float64).requires_grad_(True)

    A_, h_, C_ = drawn(2, blocks, 2, 2), drawn(blocks, 2), drawn(3, blocks, 2)
    table = torch.tensor(A.table)
    optimiser = torch.optim.Adam([A_, h_, C_], lr=0.03)

    def leads(length: int) -> Iterator[torch.Tensor]:
        state, h = torch.tensor([A.start_index]), h_[:, None]  # (words,), (restarts, words, blocks, 2)
        for step in range(length + 1):
            norm = h.flatten(2).norm(dim=2)
            scores = torch.einsum("rqbi,rwbi->rwq", C_, h) / norm[..., None].clamp_min(1e-300)
            own = scores.gather(2, state[None, :, None].expand(restarts, -1, 1))
            others = scores.scatter(2, state[None, :, None].expand(restarts, -1, 1), -math.inf).amax(dim=2)
            yield own[..., 0] - others
            if step < length:
                h = torch.einsum("rxbij,rwbj->rwxbi", A_, h / norm[..., None, None].clamp_min(1e-300)).flatten(1, 2)
                state = table[state].flatten()

    for _ in range(steps):
        optimiser.zero_grad()
        size = C_.flatten(1).norm(dim=1)[:, None]
        loss = sum((torch.nn.functional.softplus(-20 * lead / size)).mean(dim=1).sum() for lead in leads(TRAINED))
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        right = torch.stack([(lead > 0).all(dim=1) for lead in leads(TESTED)])  # (lengths, restarts)
    return int(right.long().cumprod(dim=0).sum(dim=0).max()) - 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=3)
    parser.add_argument("--restarts", type=int, default=48)
    parser.add_argument("--steps", type=int, default=500)
    given = parser.parse_args()
    torch.set_num_threads(1)
    begun = time.process_time()
    every = list(tables())
    rows = {A: classify(A) for A in every}
    spent = time.process_time() - begun
    lines = [
        "# Three states, two letters",
        "",
        "Made by `python benchmarks/plane.py "
        f"--entries {given.entries} --restarts {given.restarts} --steps {given.steps}`.",
        f"All {len(every)} tables in which every state is reached from the first one; `classify` of all takes "
        f"{spent:.1f} CPU s. The figures before are those of the parent commit, counted in the same way.",
        "",
        "| rung | exact | before | sizes | scopes of the exact ones |",
        "|---|---|---|---|---|",
    ]
    for rung in BEFORE:
        sizes = Counter(str(ladder[rung].size) for ladder in rows.values())
        exact = [ladder[rung] for ladder in rows.values() if ladder[rung].label == "exact"]
        scopes = Counter(row.scope for row in exact)
        shown = ", ".join(f"{size}: {count}" for size, count in sizes.most_common())
        where = "; ".join(f"{scope}: {count}" for scope, count in scopes.most_common())
        lines.append(f"| {rung} | {len(exact)} = {len(exact) / len(every):.1%} | {BEFORE[rung]} | {shown} | {where} |")
    codes = sum(exact_codes_in_the_plane(A) is not None for A in every)
    cones = sum(exact_codes_in_the_plane(A) is None and cones_in_the_plane(A) is not None for A in every)
    lines += ["", f"Two units: {codes} by one direction a state, {cones} more by cones.", ""]
    example = {kind(pair_of(A)): A for A in reversed(every)}
    three = {k: A for k, A in example.items() if rows[A]["full"].size == 3}
    found, count = cones_found(set(three), given.entries)
    control, _ = cones_found({k for k, A in example.items() if k not in three}, min(2, given.entries))
    lines += [
        f"Cones with entries up to {given.entries}, {count} arrangements, decided for the {len(three)} kinds of tables "
        f"that need three units: {len(found)} of them have cones. Control, entries up to 2, the other "
        f"{len(example) - len(three)} kinds: {len(control)} have cones of two generators.",
        "",
        "Descent on weights of two units, and of three blocks of two units where no blocks of two are known: letters",
        f"up to which all words were right, at most {TESTED} are looked at; words of up to {TRAINED} are trained on.",
        "",
        "| letters a, b as maps of 0, 1, 2 | tables | full | two units right up to | block | blocks of 2 right up to |",
        "|---|---|---|---|---|---|",
    ]
    tally = Counter(kind(pair_of(A)) for A in every)
    for k, A in sorted(three.items()):
        size = rows[A]["block"].size
        two = longest_right(A, 1, given.restarts, given.steps, 0)
        blocks = longest_right(A, 3, given.restarts, given.steps, 0) if size != 2 else "–"
        text = " ".join("".join(map(str, image)) for image in k)
        lines.append(f"| {text} | {tally[k]} | {rows[A]['full'].size} | {two} | {size} | {blocks} |")
    plain = [A for k, A in sorted(example.items()) if k not in three and exact_codes_in_the_plane(A) is not None]
    reached = [longest_right(A, 1, given.restarts, given.steps, 0) for A in plain]
    lines += [
        "",
        f"Control: of {len(plain)} kinds with one direction a state in two units the descent has no wrong word up to "
        f"{TESTED} letters for {sum(length == TESTED for length in reached)}; the shortest length is {min(reached)}.",
    ]
    write_text(TABLE, "\n".join(lines) + "\n")
    print(f"{time.process_time() - begun:.0f} CPU s; wrote {TABLE}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
