"""Cones with finitely many rays: hand-made certificates against the definition, and planted errors."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from functools import cache
from itertools import product as pairs

import pytest
from bistate.verify.exact_check import CheckError, FormatError, check
from flint import fmpz_mat
from helpers.lemmas import (
    Matrix,
    Vector,
    changed,
    document_of,
    first_wrong,
    inverse,
    loaded,
    outcome,
    planted,
    product,
    read,
    signed,
    stored,
    times,
)

TABLES = ([[0, 1], [0, 1]], [[0, 1], [1, 0]], [[1, 1], [1, 0]], [[0, 1], [1, 2], [2, 2]], [[1, 0], [2, 0], [2, 1]])
LONGEST, SEEDS, WIDTH = 6, 170, 2  # a pair (state, support) that is met at all is met sooner


def drawn(seed: int) -> dict:
    """Every state has two coordinates of its own and two or three rays there; letters move them with factors ≥ 0.

    Many factors are 0, and so are many weights of the readout, so that states may end in a tie; now and then a number
    is below 0, or a state may fall between the coordinates of two others.
    """
    draw = random.Random(seed)
    table = TABLES[seed % len(TABLES)]
    states, letters = len(table), len(table[0])
    n, odd = WIDTH * states, draw.choice(("", "", "", "factor", "weight", "elsewhere", "start"))
    plain: list[Matrix] = [[[Fraction(0)] * n for _ in range(n)] for _ in range(letters)]
    for q, x in pairs(range(states), range(letters)):
        for i, j in pairs(range(WIDTH), range(WIDTH)):
            plain[x][WIDTH * table[q][x] + i][WIDTH * q + j] = Fraction(draw.choice((0, 0, 1, 1, 1, 3)))
    if odd in ("factor", "elsewhere"):
        q, x = draw.randrange(states), draw.randrange(letters)
        r = table[q][x] if odd == "factor" else (table[q][x] + 1) % states
        plain[x][WIDTH * r][WIDTH * q + 1] = Fraction(-1 if odd == "factor" else 2)
    C = [
        [Fraction(draw.choice((0, 1, 1, 2))) if j // WIDTH == q else Fraction(0) for j in range(n)]
        for q in range(states)
    ]
    if odd == "weight":
        C[draw.randrange(states)][draw.randrange(n)] = Fraction(-1 if seed % 2 else 3)
    start = [Fraction(0)] * n
    start[draw.randrange(WIDTH)] = Fraction(2)
    if odd == "start":
        start[draw.randrange(WIDTH, n)] += 1
    own = [[1, 0], [0, 1], *([[1, 1]] if draw.random() < 0.5 else [])]
    rays = [[placed(n, q, ray) for ray in own] for q in range(states)]
    prefix = draw.choice((0, 1, 2))
    begun, ends = [start], [0]
    for _ in range(prefix):
        begun, ends = (
            [times(A, h) for A in plain for h in begun],
            [table[q][x] for x in range(letters) for q in ends],
        )
    images = [(table[q][x], times(plain[x], ray)) for q in range(states) for ray in rays[q] for x in range(letters)]
    U = [[Fraction(int(i == j) + (draw.choice((0, 0, 1)) if i < j else 0)) for j in range(n)] for i in range(n)]
    back = inverse(U)
    A = [product(product(U, M), back) for M in plain]
    found = {
        "counts": [len(own)] * states,
        "rays": stored([times(U, ray) for own in rays for ray in own]),
        "sums": [named(draw, q, h, len(own)) for q, h in images],
        "begins": [named(draw, q, h, len(own)) for q, h in zip(ends, begun, strict=True)],
    }
    return document_of(A, times(U, start), product(C, back), table, "infinity", {"prefix": prefix, "polyhedra": found})


def placed(n: int, q: int, ray: list[int]) -> Vector:
    """In the coordinates of a state."""
    return [Fraction(ray[j - WIDTH * q] if j // WIDTH == q else 0) for j in range(n)]


def named(draw: random.Random, q: int, h: Vector, count: int) -> list[int]:
    """Rays of a state whose sum may be the vector, in plain coordinates: (1, 0), (0, 1) and perhaps (1, 1)."""
    a, b = h[WIDTH * q : WIDTH * q + WIDTH]
    if count > WIDTH and a > 0 and b > 0 and draw.random() < 0.5:  # another sum of the same vector
        return [2] if a == b else [2, 0] if a > b else [1, 2]
    return [i for i, value in enumerate((a, b)) if value] if draw.random() < 0.5 else [0, 1]


def stubborn() -> list[dict]:
    """Units that letters carry on to units; state 0 is to win for ever, and does not: a tie, a tie, a loss."""
    late = [[1, 2, 2, 3]], [0], [1, 1, 0, 1], []  # never unit 3, whose lead lasts
    twice = [[1, 1, 3, 3], [2, 1, 3, 3]], [0], [1, 1, 1, 0], []  # the letter that comes first decides
    less = [[0, 2, 0]], [0, 1], [1, 0, 0], [1]  # unit 1 becomes less than nothing of a unit that is no ray
    found = []
    for (moves, start, weights, falling), rays in zip((late, twice, less), (range(4), range(4), range(2)), strict=True):
        n, prefix = len(weights), len(moves) - 1
        sizes = [-1 if j in falling else 5 if j == 2 else 1 for j in range(n)]
        A = [[[sizes[j] * int(to == i) for j, to in enumerate(row)] for i in range(n)] for row in moves]
        sums = [[] if j in falling else [row[j]] for j in rays for row in moves]
        cones = {
            "counts": [len(rays), 0],
            "rays": stored([[int(i == j) for i in range(n)] for j in rays]),
            "sums": sums,
            "begins": [[row[0]] for row in moves] if prefix else [start],
        }
        C, h = [weights, [0] * n], [int(i in start) for i in range(n)]
        table, proof = [[0] * len(moves), [1] * len(moves)], {"prefix": prefix, "polyhedra": cones}
        found.append(document_of(A, h, C, table, "infinity", proof))
    return found


@cache
def sample() -> tuple[dict, ...]:
    return (*stubborn(), *map(drawn, range(SEEDS)))


@cache
def wrong_at(seed: int) -> int | None:
    return first_wrong(sample()[seed], LONGEST)


def test_what_is_inside_its_cones_holds_just_if_all_words_are_right() -> None:
    """Words of `prefix` letters and fewer are told by lemma 1, all longer ones by faces: exactly."""
    checker, outside = loaded(), ("is no sum", "outside the cone", "is in no cone", "loses against")
    found = [outcome(checker, document) for document in sample()]
    held = [seed for seed, result in enumerate(found) if result == math.inf]
    assert len(held) > 25
    assert all(wrong_at(seed) is None for seed in held)
    ties = [seed for seed, why in enumerate(found) if why != math.inf and not any(text in str(why) for text in outside)]
    assert len(ties) > 40
    assert all(wrong_at(seed) is not None for seed in ties)


def counting(start: tuple[int, int] = (4, 1), by_letter: bool = False, **more: object) -> dict:
    """The saturating counter of docs/horizon.md, whose cones touch: t = h_2 / h_1, down t / 2, up (1 + t) / 2."""
    A = [[[2, 0], [0, 1]], [[2, 0], [1, 1]]]
    C: list = [[1, -3], [0, 0], [-2, 3]]
    table = [[0, 1], [0, 2], [1, 2]]
    rays = [[(1, 0), (3, 1)], [(3, 1), (3, 2)], [(3, 2), (1, 1)]]
    sums = []
    for q, own in enumerate(rays):
        for ray, (x, M) in pairs(own, enumerate(A)):
            image = times(M, ray)
            target = rays[table[q][x]]
            same = [i for i, other in enumerate(target) if other[0] * image[1] == other[1] * image[0]]
            sums.append(same or [0, 1])
    if by_letter:  # after "down" the last state is never read, after "up" the first one
        C = [[[1, -3], [0, 0], [-9, 0]], [[-9, 0], [0, 0], [-2, 3]]]
        more |= {"shortest": 1}
    found = {
        "counts": [2, 2, 2],
        "rays": stored([ray for own in rays for ray in own]),
        "sums": sums,
        "begins": [[0, 1]],
    }
    return document_of(A, start, C, table, "infinity", {"prefix": 0, "polyhedra": found}, **more)


def test_a_counter_whose_cones_touch_is_right_for_ever() -> None:
    assert check(counting()) == math.inf
    assert check(counting(by_letter=True)) == math.inf
    assert check(counting((1, 0))) == math.inf
    with pytest.raises(CheckError, match="words of 0 letters are not all"):
        check(counting((3, 1)))
    with pytest.raises(CheckError, match="outside the cone"):
        check(counting((2, 1), shortest=1))
    with pytest.raises(CheckError, match="may be a tie"):
        check(counting((3, 1), shortest=1))


def test_readouts_of_last_letters_count_after_their_letter() -> None:
    checker = planted("polyhedra", "claim.readouts[x if claim.by_last_letter else 0]", "claim.readouts[0]")
    document = counting(by_letter=True)
    swapped = [[[-9, 0], [0, 0], [-2, 3]], [[1, -3], [0, 0], [-9, 0]]]
    weights = document["weights"] | {"readout": stored(swapped)}
    assert outcome(checker, document) != math.inf
    assert outcome(loaded(), signed(document | {"weights": weights})) != math.inf


def test_states_that_share_a_label_are_no_rivals() -> None:
    """Without the second label the last two states need not be told apart."""
    document = counting()
    task = document["automaton"] | {"labels": [0, 1, 1]}
    weights = document["weights"] | {"readout": stored([[1, -3], [0, 0], [0, 0]])}
    assert check(signed(document | {"automaton": task, "weights": weights})) == math.inf
    assert outcome(loaded(), signed(document | {"weights": weights})) != math.inf


ERRORS = (
    ("a sum is the vector", "require(fmpq_mat(V.transpose()) * y == fmpq_mat(image.b),", "require(True,"),
    ("factors", "require(all(factor >= 0 for factor in factors),", "require(True,"),
    ("leads on rays", "require(all(lead[p] >= 0 for lead in leads),", "require(True,"),
    ("leads on faces", "require(all(mask & S for mask in move.leading),", "require(True,"),
    ("every rival", "for p in claim.rivals(r):", "for p in claim.rivals(r)[1:]:"),
    ("factors of 0 are in no support", "in zip(named, factors, strict=True) if factor > 0", "in zip(named, factors)"),
    ("leads of 0 are none", "enumerate(leads) if lead[p] > 0)", "enumerate(leads) if lead[p] >= 0)"),
    ("letters move the rays of a face alone", "support if S >> j & 1 else 0", "support"),
    ("only faces with a smaller one are left out", "smaller & S == smaller for", "smaller & S for"),
    ("all faces that letters lead to", "queue.append(face)", "queue.append((q, union))"),
    ("all beginnings", "sorted(begun))", "sorted(begun)[:1])"),
    (
        "a state without rays is 0",
        "require(not any(map(int, [*image.b.entries(), *image.off.entries()])),",
        "require(True,",
    ),
)


@pytest.mark.parametrize(("old", "new"), [pair[1:] for pair in ERRORS], ids=[error[0] for error in ERRORS])
def test_planted_errors_are_noticed(old: str, new: str) -> None:
    checker = planted("polyhedra", old, new)
    accepted = [seed for seed, document in enumerate(sample()) if outcome(checker, document) == math.inf]
    assert any(wrong_at(seed) is not None for seed in accepted)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"counts": [2, 2]}, "not for all of them"),
        ({"counts": [0, 0, 0]}, "are none"),
        ({"counts": [2, 2, -2]}, "whole numbers from 0"),
        ({"counts": [1024, 2, 2]}, "more than can be checked"),
        ({"rays": stored([[1, 0]])}, "another shape"),
        ({"rays": stored([[0, 0]] * 6)}, "a ray is 0"),
        ({"sums": [[0]]}, "has to be 12 lists"),
        ({"sums": [[2]] * 12}, "at most 2 rays"),
        ({"sums": [[0, 1, 0]] * 12}, "at most 2 rays"),
        ({"sums": [0] * 12}, "at most 2 rays"),
        ({"begins": [[0], [1]]}, "has to be 1 lists"),
    ],
)
def test_what_is_no_certificate_is_refused(more: dict, reason: str) -> None:
    document = counting()
    with pytest.raises(FormatError, match=reason):
        check(changed(document, polyhedra=document["proof"]["polyhedra"] | more))


def test_sums_are_of_rays_that_do_not_depend_on_each_other() -> None:
    document = counting()
    found = document["proof"]["polyhedra"]
    with pytest.raises(CheckError, match="depend on each other"):
        check(changed(document, polyhedra=found | {"begins": [[0, 0]]}))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("MOST_FACES = 2**12", "MOST_FACES = 2", "over 2 faces"),
        ("MOST_WALKED = 2**26", "MOST_WALKED = 9", "over 1 faces"),
        ("MOST_MULTIPLIED = 2**36", "MOST_MULTIPLIED = 2**8", "binary digits are more than can be checked"),
    ],
)
def test_what_takes_too_long_is_refused(old: str, new: str, reason: str) -> None:
    assert reason in str(outcome(planted("polyhedra", old, new), counting()))


def test_many_letters_that_do_the_same_are_as_quick_as_one() -> None:
    """Four rays that every letter carries to themselves: one face, whatever the number of letters."""
    A = [[[Fraction(int(i == j)) for j in range(4)] for i in range(4)]] * 50
    C = [[Fraction(1)] * 4, [Fraction(0)] * 4]
    rays = {
        "counts": [4, 0],
        "rays": stored([[Fraction(int(i == j)) for j in range(4)] for i in range(4)]),
        "sums": [[j] for j in range(4) for _ in range(50)],
        "begins": [[0, 1]],
    }
    h = [Fraction(1), Fraction(1), Fraction(0), Fraction(0)]
    document = document_of(A, h, C, [[0] * 50, [1] * 50], "infinity", {"prefix": 0, "polyhedra": rays})
    assert outcome(loaded(), document) == math.inf
    walked = planted("polyhedra", "MOST_WALKED = 2**26", "MOST_WALKED = 50 * 5 + 2")
    assert outcome(walked, document) == math.inf


# rounding -------------------------------------------------------------------------------------------------------

COARSE = {"arithmetic": "float32", "terms": 2**17}  # γ is about 1/128
GAMMA = Fraction(2**17, 2**24 - 2**17)
WALK = 200


def rounded(A: Matrix, start: Fraction, radius: Fraction, **more: object) -> dict:
    """One letter that stays in state 0, which wins below t = h_2 / h_1 = 1; the cone −radius ≤ t ≤ radius."""
    size = next(k for k in (Fraction(3, 4), Fraction(9, 16)) if k**2 * (1 + start**2) <= Fraction(25, 16))  # nearly 1
    h, C = [size, size * start], [[Fraction(1), Fraction(-1)], [Fraction(0)] * 2, [Fraction(-8), Fraction(0)]]
    cones = {
        "counts": [2, 0],
        "rays": stored([[Fraction(1), radius], [Fraction(1), -radius]]),
        "sums": [[0, 1], [0, 1]],
        "begins": [[0, 1]],
    }
    proof = {"prefix": more.pop("prefix", 0), "polyhedra": cones}
    return document_of(A, h, C, [[0], [1]], "infinity", proof, **COARSE, **more)


def first_wrong_of_adversary(document: dict) -> int | None:
    """The first length at which rounding of the worst sign, as large as lemma 0 allows, makes the word wrong."""
    (a, b), (c, d) = read(document["weights"]["transitions"])[0]
    first, second = read(document["weights"]["start"])
    t = second / first
    for length in range(WALK + 1):
        if length:
            above = c + d * t + GAMMA * (abs(c) + abs(d * t))
            below = a + b * t - GAMMA * (abs(a) + abs(b * t))
            t = Fraction(math.floor(above / below * 2**40), 2**40)
        if t >= 1 and length >= document.get("shortest", 0):
            return length
    return None


@cache
def shaken() -> tuple[tuple[dict, int | None], ...]:
    """Letters that bring errors back, or not quite; ones that let large errors grow; one that a start outside needs."""
    draw, found = random.Random(0), []
    for _ in range(80):
        g, d = draw.choice(((0, 0), (0, 1), (1, 0), (1, 1)))
        G = draw.choice((Fraction(1, 2), Fraction(7, 8), Fraction(63, 64), Fraction(1)))
        start, radius = Fraction(draw.randrange(40), 64), Fraction(draw.randrange(20, 64), 64)
        found.append(rounded([[[Fraction(1), Fraction(-g, 64)], [Fraction(d, 128), G]]], start, radius))
    grows = [[[Fraction(1), Fraction(-1, 2)], [Fraction(0), Fraction(3, 4)]]]
    for start, radius, prefix in pairs(range(28, 33), range(56, 61), (0, 6)):
        found.append(rounded(grows, Fraction(start, 64), Fraction(radius, 128), prefix=prefix))
    back = [[[Fraction(1), Fraction(0)], [Fraction(0), Fraction(11, 16)]]]
    found.append(rounded(back, Fraction(23, 16), Fraction(185, 128), shortest=1))
    return tuple((document, first_wrong_of_adversary(document)) for document in found)


def test_rounding_of_the_worst_sign_contradicts_no_claim() -> None:
    checker = loaded()
    found = [(outcome(checker, document), wrong) for document, wrong in shaken()]
    assert all(wrong is None for result, wrong in found if result == math.inf)
    assert sum(result == math.inf for result, _ in found) > 20
    assert sum(wrong is not None for _, wrong in found) > 20


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("W * image.b - absolute(W) * image.off", "W * image.b"),
        ("rounding.whole * Fraction(value, 1 << f) + lost", "lost"),
        ("unit = 1 << e + GRID", "unit = 1 << e + GRID - 3"),
        ("for M in (words.H, words.off)", "for M in (words.H, 0 * words.off)"),
        ("lead - moved - rounding.read", "lead - rounding.read"),
    ],
    ids=["the box", "its relative part", "its unit", "rounding of the first words", "the box in a lead"],
)
def test_planted_errors_of_rounding_are_noticed(old: str, new: str) -> None:
    checker = planted("polyhedra", old, new)
    assert any(outcome(checker, document) == math.inf for document, wrong in shaken() if wrong is not None)


def settled(least: Fraction = Fraction(1)) -> dict:
    A = [[[least, Fraction(0)], [Fraction(0), least / 2]]]
    return rounded(A, Fraction(1, 4), Fraction(1, 2))


def test_what_rounding_adds_is_what_the_statement_says() -> None:
    checker, document = loaded(), settled()
    claim = checker.document.claim_of(document)
    rounding = checker.float_model.rounding_of(claim)
    image = checker.polyhedra._image(claim, rounding, (2, 1), 0)  # A v = (2, 1/2), N |v| the same
    length, omega = math.sqrt(5), 2.0**-126
    off = [int(v[0]) / image.unit for v in image.off.tolist()]
    gamma, w, read_off, r = (float(v) for v in (rounding.gamma, rounding.step[0], rounding.read, 16 * omega * 9))
    assert off == pytest.approx([gamma * 2 + 2 * w * length, gamma / 2 + 2 * w * length], rel=1e-9)
    assert w > omega
    lead = checker.polyhedra._leads(rounding, checker.polyhedra._readout(claim, 0, 0), image)[1] / image.unit
    reach = math.hypot(2, 0.5) + math.hypot(*off)
    lost = off[0] + off[1] + read_off * (2.5 + sum(off)) + 4 * r * reach
    assert float(lead) == pytest.approx(1.5 - lost, rel=1e-9)
    without = [Fraction(int(v[0]), image.unit) for v in image.off.tolist()]
    exact = Fraction(3, 2) - sum(without) - rounding.read * (Fraction(5, 2) + sum(without))
    assert float((exact - lead) / (4 * rounding.logit)) == pytest.approx(reach, rel=1e-6)


def test_states_of_whole_numbers_are_off_by_a_share_of_the_largest_entry() -> None:
    document = signed(settled() | {"arithmetic": "int8", "terms": 8})
    for checker, share in (
        (loaded(), 1),
        (planted("polyhedra", " + rounding.even * largest_entry((b, e))", ""), 0),
    ):
        claim = checker.document.claim_of(document)
        rounding = checker.float_model.rounding_of(claim)
        image = checker.polyhedra._image(claim, rounding, (2, 1), 0)  # A v = (2, 1/2), σ of whose largest entry counts
        N, f = rounding.N[0]
        wide = [float(rounding.whole) * int(v[0]) / 2**f for v in (N * fmpz_mat([[2], [1]])).tolist()]
        off = [int(v[0]) / image.unit for v in image.off.tolist()]
        lost = share * (1 + 2**-10) / 254 * 2 + 2 * float(rounding.step[0]) * math.sqrt(5)
        assert off == pytest.approx([value + lost for value in wide], rel=1e-9)


def test_states_that_may_become_too_small_are_refused() -> None:
    small = settled(Fraction(1, 2**60))
    assert outcome(loaded(), settled()) == math.inf
    assert "its square may underflow" in str(outcome(loaded(), small))
    assert outcome(planted("polyhedra", "require_range(enough,", "require_range(True,"), small) == math.inf


def test_with_rounding_a_sum_needs_all_directions() -> None:
    document = settled()
    found = document["proof"]["polyhedra"]
    assert "as many rays as" in str(outcome(loaded(), changed(document, polyhedra=found | {"begins": [[0]]})))
    assert "depend on each other" in str(outcome(loaded(), changed(document, polyhedra=found | {"begins": [[0, 0]]})))
    wide = found | {"rays": stored([[1, Fraction(1, 64)], [1, Fraction(-1, 64)]])}
    assert "outside the cone" in str(outcome(loaded(), changed(document, polyhedra=wide)))
