"""Scores behind norms: words and leads against the definition in balls, and a planted error for each hypothesis."""

from __future__ import annotations

import copy
import functools
import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from bistate.models import LinearRNN, NormedReadout
from bistate.theory import Automaton
from bistate.verify import CheckError, certify, check
from bistate.verify.certificates.spoken_of import claim_about
from bistate.verify.exact_check import FormatError
from bistate.verify.exact_check.components import coordinates_of
from bistate.verify.exact_check.contexts import edges_of
from bistate.verify.exact_check.document import claim_of
from bistate.verify.exact_check.fields import floats
from bistate.verify.exact_check.normed_decision import _reach, normed_leads
from bistate.verify.exact_check.normed_readout import Rows, inverse_root
from bistate.verify.networks.reading import reading_of
from flint import arb, ctx, fmpq, fmpz_mat
from helpers.behind_norms import all_words, planted
from helpers.documents import signed, stored

KINDS = {
    "one head": {"heads": 1},
    "two heads": {"heads": 2},
    "layer norm": {"heads": 1, "centred": True},
    "two layer norms": {"heads": 2, "centred": True},
    "normalised states": {"heads": 1, "bias": False, "normalize": True},
    "normalised states, two heads": {"heads": 2, "bias": False, "normalize": True},
}


def scores(net: LinearRNN, h: list, last: int) -> list:
    """The definition, in balls, from the arrays of the network and a state of its own, Fractions."""
    exact = [arb(fmpq(v.numerator, v.denominator)) for v in h]
    found = [arb(0)] * net.states if net.bias is None else [arb(float(v)) for v in net.bias]
    square = sum((v**2 for v in exact), arb(0)) if net.normalize else arb(1)
    for part in net.norms:
        R = part.rows.numpy() if part.rows.ndim == 2 else part.rows[last].numpy()
        E = part.weights.numpy() if part.weights.ndim == 2 else part.weights[last].numpy()
        y = [sum((arb(float(a)) * v for a, v in zip(row, exact, strict=True)), arb(0)) for row in R]
        if part.centred:
            mean = sum(y, arb(0)) / len(y)
            y = [v - mean for v in y]
        root = (sum((v**2 for v in y), arb(0)) / len(y) + arb(part.eps) * square).sqrt()
        found = [f + sum((arb(float(a)) * v for a, v in zip(row, y, strict=True)), arb(0)) / root
                 for f, row in zip(found, E, strict=True)]  # fmt: skip
    return found


def state_after(net: LinearRNN, word) -> list:
    h = [Fraction(float(v)) for v in net.start]
    for x in word:
        rows = [[Fraction(float(v)) for v in row] for row in net.A[x]]
        h = [sum((a * b for a, b in zip(row, h, strict=True)), Fraction(0)) for row in rows]
    return h


def nothing_claimed(net: LinearRNN, automaton: Automaton) -> dict:
    return claim_about(net.linear(), automaton, reading_of(net.letters, net.states, automaton), "exact", None)


@functools.cache
def certified(kind: str, noise: float, seed: int = 0):
    net, automaton = planted(noise, seed=seed, **KINDS[kind])
    return net, automaton, certify(net, automaton)


def claim_and_leads(kind: str):
    net, _, found = certified(kind, 1e-3)
    assert found.way == "signal and remainder", found
    claim = claim_of(found.document)
    coordinates = coordinates_of(claim)
    edges = edges_of(claim, None, coordinates)
    return net, claim, coordinates, edges, normed_leads(claim, coordinates, edges)


def numbers(claim, name: str, rows: int) -> np.ndarray:
    stored_numbers = claim.proof[name]
    return np.array(floats(stored_numbers, stored_numbers["shape"], name)).reshape(rows, -1)


def back(claim, edges, v: int) -> np.ndarray:
    """The inverse of U_v L, in floats."""
    U = np.eye(claim.hidden)
    if edges.contexts.memory:
        tilt, e = edges.contexts.tilts[v]
        d = edges.contexts.first
        U[d:, :d] = -np.array([[float(int(a)) for a in row] for row in tilt.tolist()]) * 2.0**-e
    return np.linalg.inv(U @ numbers(claim, "to", claim.hidden))


@pytest.mark.parametrize("kind", KINDS)
def test_words_are_those_of_the_definition(kind):
    """Random networks: the check takes a word exactly if its state has the largest score."""
    ctx.prec = 300
    draw = np.random.default_rng(3)
    options = KINDS[kind]
    wrong = 0
    for _ in range(6):
        net, automaton = planted(0.4, seed=int(draw.integers(10**6)), **options)
        for length in (1, 2, 3):
            right = True
            for word in (w for n in range(1, length + 1) for w in all_words(2, n)):
                own = automaton.run(word.tolist())
                logits = scores(net, state_after(net, word), word[-1])
                right &= all(bool(logits[own] > v) for p, v in enumerate(logits) if p != own)
            document = nothing_claimed(net, automaton) | {"horizon": length, "proof": {"prefix": length}}
            if right:
                assert check(document) == length
            else:
                wrong += 1
                with pytest.raises(CheckError, match="letters are not all classified rightly"):
                    check(document)
    assert 0 < wrong < 18


@pytest.mark.parametrize("square", [(1, 3), (2**500 + 7, 3), (5, 2**700 + 9), (1, 1), (4, 9)])
def test_the_root_is_enclosed(square):
    root = inverse_root(square)
    low, high = Fraction(root.low, 1 << root.shift), Fraction(root.low + 1, 1 << root.shift)
    assert low**2 <= 1 / Fraction(*square) < high**2
    assert high / low - 1 < Fraction(1, 2**150)
    assert root.of(-3) == (-3 * (root.low + 1), -3 * root.low)
    assert root.of(3) == (3 * root.low, 3 * (root.low + 1))


@pytest.mark.parametrize("kind", KINDS)
def test_no_error_in_the_tube_takes_more_than_is_allowed(kind):
    """In random and in the worst directions, against the definition; and what is allowed is not far too much."""
    net, claim, coordinates, edges, leads = claim_and_leads(kind)
    weights, codes = net.linear(), numbers(claim, "codes", 6)
    sizes, cuts = coordinates.parts.sizes, coordinates.parts.cuts
    contexts = max(2, len(edges.contexts.tilts))
    draw = np.random.default_rng(0)
    kappa = weights.constant

    def value(h: np.ndarray, x: int) -> np.ndarray:
        size = np.linalg.norm(h) if kappa is None else h[kappa]
        total = np.zeros(net.states) if kappa is None else weights.readout[:, kappa].copy()
        for part in weights.norms:
            y = part.rows[x] @ h
            y = y - y.mean() if part.centred else y
            total += part.weights[x] @ y / np.sqrt((y**2).mean() + part.eps * size**2)
        return total

    def factor(h: np.ndarray, x: int) -> float:
        """r(h) / r(c), for one part: what is compared is multiplied by it."""
        (part,) = weights.norms
        y = part.rows[x] @ h
        y = y - y.mean() if part.centred else y
        size = np.linalg.norm(h) if kappa is None else h[kappa]
        return float(np.sqrt((y**2).mean() + part.eps * size**2))

    nearest = np.inf
    for (q, p), lead in leads.lead.items():
        for x in range(2):
            v = 2 * int(draw.integers(contexts // 2)) + x  # one that ends in x
            P = back(claim, edges, v)
            c = P @ codes[q]
            for size in (1e-3, 0.03, 0.3):
                e = draw.normal(size=claim.hidden)
                gradient = np.array(
                    [np.subtract(*value(c + 1e-6 * P[:, j], x)[[q, p]]) for j in range(claim.hidden)]
                ) - np.subtract(*value(c, x)[[q, p]])
                for direction in (e, -gradient / max(np.abs(gradient).max(), 1e-300)):
                    parts = [direction[a:b] for a, b in itertools.pairwise(cuts)]
                    lengths = size * draw.dirichlet(np.ones(len(sizes)))
                    e = np.concatenate([v / np.linalg.norm(v) * s for v, s in zip(parts, lengths, strict=True)])
                    h = P @ (codes[q] + e)
                    allowed = leads.margin((q, p), [Fraction(float(s)) for s in lengths])
                    got = np.subtract(*value(h, x)[[q, p]])
                    if len(weights.norms) == 1:
                        got *= factor(h, x) / factor(c, x)
                    assert got >= float(allowed) - 1e-9 * abs(float(lead))
                    if size == 1e-3:
                        taken = np.subtract(*value(c, x)[[q, p]]) - got
                        nearest = min(nearest, float(lead - allowed) / max(taken, 1e-300))
    assert 1 - 1e-6 <= nearest < 6  # some error takes at least a sixth of what is allowed


def test_leads_are_those_of_the_definition():
    ctx.prec = 300
    net, claim, _, edges, leads = claim_and_leads("two layer norms")
    assert not edges.contexts.memory
    codes = numbers(claim, "codes", 6)
    for (q, p), lead in leads.lead.items():
        c = back(claim, edges, 0) @ codes[q]
        c = [Fraction(float(v)) for v in c[:-1] / c[-1]]
        true = [float((s := scores(net, c, x))[q].mid()) - float(s[p].mid()) for x in range(2)]
        assert abs(float(lead) - min(true)) < 1e-9  # every letter leads to every state


@pytest.mark.parametrize("kind", KINDS)
def test_the_tube_is_no_longer_than_words_are_right(kind):
    """Perturbed so much that some word is wrong soon: all words up to the horizon, by the definition in floats."""
    lengths = []
    for seed in range(1):
        net, automaton, found = certified(kind, 0.05, seed)
        lengths.append(found.horizon)
        words = all_words(2, min(int(found.horizon), 13))
        answers = net(torch.from_numpy(words), every=True).argmax(-1).numpy()
        assert (answers == automaton.run_batch(words, every=True)).all()
        assert check(found.document) == found.horizon
    assert max(lengths) > 1


# --- one planted error for each hypothesis ---


@pytest.fixture(scope="module")
def certificate():
    _, _, found = certified("two heads", 1e-3)
    assert found.way == "signal and remainder"
    assert found.horizon > 20
    return found.document


@pytest.fixture(scope="module")
def normalised():
    return certified("normalised states", 1e-3)[2].document


def array(document: dict, *path) -> np.ndarray:
    value = document["weights"]
    for name in path:
        value = value[name]
    return np.array(floats(value, (math.prod(value["shape"]),), "x")).reshape(value["shape"])


def put(document: dict, values: np.ndarray, *path) -> dict:
    copied = copy.deepcopy(document)
    value = copied["weights"]
    for name in path[:-1]:
        value = value[name]
    value[path[-1]] = stored(values)
    return signed(copied)


def test_the_constant_unit_has_to_be_kept(certificate):
    A = array(certificate, "transitions")
    A[1, -1, -1] = 1 + 2**-40
    with pytest.raises(CheckError, match="a letter changes the constant unit"):
        check(put(certificate, A, "transitions"))
    A[1, -1, -1], A[0, -1, 0] = 1, 2**-40
    with pytest.raises(CheckError, match="a letter changes the constant unit"):
        check(put(certificate, A, "transitions"))
    start = array(certificate, "start")
    start[-1] = 1 + 2**-40
    with pytest.raises(CheckError, match="the constant unit is not 1 at the start"):
        check(put(certificate, start, "start"))
    other = copy.deepcopy(certificate)
    other["weights"]["norms"]["constant"] = 0
    with pytest.raises(CheckError, match="a letter changes the constant unit"):
        check(signed(other))


def with_bias(document: dict, size: float) -> dict:
    return put(document, size * np.array([1.0, -1.0, 0.5, 0.25, -0.5, 0.75]), "norms", "offset")


def test_with_a_bias_and_no_constant_unit_the_state_has_to_keep_its_length(normalised):
    """The lead of q over the score −1: 1 − what N' takes, less ‖(S)_j‖ / r(c_q) times the errors, by definition."""
    assert check(normalised) == check(with_bias(normalised, 2.0**-60)) > 20
    plain, claim = claim_of(normalised), claim_of(with_bias(normalised, 2.0**-20))
    coordinates = coordinates_of(claim)
    edges = edges_of(claim, None, coordinates)
    assert all(p >= 0 for _, p in normed_leads(plain, coordinates, edges).lead)  # without a bias leads are enough
    leads = normed_leads(claim, coordinates, edges)
    codes, P = numbers(claim, "codes", 6), back(claim, edges, 0)
    part = claim.parts[0]
    R = np.array([[float(int(v)) for v in row] for row in part.rows[0][0].tolist()]) * 2.0 ** -part.rows[0][1]
    T = np.concatenate([R / math.sqrt(len(R)), math.sqrt(float(part.eps)) * np.eye(claim.hidden)])
    for q in range(6):
        r = np.linalg.norm(T @ P @ codes[q])
        assert 1 - 1e-6 < leads.lead[q, -1] <= 1
        for k, factor in enumerate(leads.factor[q, -1]):
            size = np.linalg.norm((T @ P)[:, coordinates.parts.part(k)], 2) / r
            assert size * (1 - 1e-9) <= factor <= size * 2.1  # pieces are measured one by one
        longest = [1 / f for f in leads.factor[q, -1]]
        assert leads.margin((q, -1), [Fraction(0) for _ in longest]) > 0
        assert leads.margin((q, -1), longest) < 0


def test_a_state_that_may_be_0_is_not_read_whatever_the_bias(normalised):
    """A bias that decides alone, and a tube so wide that it holds 0."""
    alone = put(normalised, np.array([64.0, 0, 0, 0, 0, 0]), "norms", "offset")
    claim = claim_of(alone)
    coordinates = coordinates_of(claim)
    leads = normed_leads(claim, coordinates, edges_of(claim, None, coordinates))
    wide = [2 / f for f in leads.factor[0, -1]]
    others = [leads.margin((0, p), [e / 1000 for e in wide]) for p in range(1, 6)]
    assert min(others) > 0  # the bias alone tells state 0
    assert leads.margin((0, -1), wide) < 0


def test_a_state_that_is_0_is_not_read(normalised):
    A = array(normalised, "transitions")
    A[1] = 0
    document = put(normalised, A, "transitions") | {"horizon": 1, "proof": {"prefix": 1}}
    with pytest.raises(CheckError, match="a state is 0 before a norm"):
        check(document)


@pytest.mark.parametrize("eps", [0.0, -1.0])
def test_epsilon_has_to_be_positive(certificate, eps):
    with pytest.raises(FormatError, match="eps of a norm has to be positive"):
        check(put(certificate, np.array([eps]), "norms", "parts", 0, "eps"))


def test_a_larger_bias_or_epsilon_or_a_mean_left_in_is_another_network(certificate):
    """Every number of the readout counts: with others the same proof does not reach as far, or the digest tells."""
    changed = array(certificate, "norms", "offset")
    changed[0] += 10
    document = put(certificate, changed, "norms", "offset")
    with pytest.raises(CheckError, match="classified rightly"):
        check(document)
    with pytest.raises(CheckError, match="not those that the certificate was made for"):
        check(document | {"digest": certificate["digest"]})
    with pytest.raises(CheckError, match="classified rightly"):
        check(put(certificate, np.array([1e9]), "norms", "parts", 0, "eps"))
    other = copy.deepcopy(certificate)
    other["weights"]["norms"]["parts"][0]["centred"] = True
    with pytest.raises(CheckError, match="not those that"):
        check(other)


def test_only_exact_arithmetic_and_tubes_without_paths(certificate):
    with pytest.raises(FormatError, match="covered in exact arithmetic alone"):
        check(signed(certificate | {"arithmetic": "float64", "execution": "loop", "terms": 5}))
    old = {name: value for name, value in certificate.items() if name not in ("changes", "shortest")}
    old |= {"kind": "bistate horizon 1"}
    with pytest.raises(FormatError, match="covered in exact arithmetic alone"):
        check(signed(old))
    document = copy.deepcopy(certificate)
    document["proof"]["path"] = {}
    with pytest.raises(FormatError, match="paths and responses are for scores that are linear"):
        check(document)
    document["proof"]["turns"] = []
    with pytest.raises(FormatError, match="angles are for scores that are linear"):
        check(document)
    document = copy.deepcopy(certificate)
    document["weights"]["readout"] = stored(np.eye(6, 5))
    with pytest.raises(FormatError, match="norms stand in place of a readout"):
        check(signed(document))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("parts",), [], "there are 0 norms"),
        (("parts",), [{}] * 300, "there are 300 norms"),
        (("parts",), [7], "a norm is an object"),
        (("parts",), {}, "'parts' is dict"),
        (("offset",), stored(np.zeros(5)), "shapes of a norm do not go together"),
        (("offset",), stored(np.zeros((3, 6))), "there are 3 offset for 2 letters"),
        (("constant",), 99, "'constant' is 99"),
        (("constant",), True, "'constant' is bool"),
        (("parts", 0, "rows"), stored(np.zeros((4, 3))), "shapes of a norm do not go together"),
        (("parts", 0, "rows"), stored(np.zeros(4)), "'rows' has 2 dimensions"),
        (("parts", 0, "weights"), stored(np.zeros((6, 5))), "shapes of a norm do not go together"),
        (("parts", 0, "weights"), {"shape": [2**13, 2**13], "float64": ""}, "shapes of a norm do not go together"),
        (("parts", 0, "eps"), 1e-3, "'eps' is float"),
        (("parts", 0, "centred"), 1, "'centred' is int"),
    ],
)  # fmt: skip
def test_hostile_norms_are_no_certificates(certificate, path, value, message):
    document = copy.deepcopy(certificate)
    holder = document["weights"]["norms"]
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    with pytest.raises(FormatError, match=message):
        check(signed(document))


def test_many_numbers_are_refused_before_they_are_read(certificate):
    document = copy.deepcopy(certificate)
    m = 2**21
    document["weights"]["norms"]["parts"] = [
        {"weights": {"shape": [6, m], "float64": ""}, "rows": {"shape": [m, 5], "float64": ""}}
    ] * 2
    with pytest.raises(FormatError, match="more than can be checked"):
        check(signed(document))


def test_what_is_said_of_a_certificate():
    net, automaton, found = certified("two heads", 1e-3)
    assert "the norms before the readout taken in real numbers" in found.claim
    assert found.belongs_to(net, automaton)
    parts = [part.value for part in net.norms]
    eps = NormedReadout(parts[0].weights, parts[0].rows, 2e-3)
    other = LinearRNN.from_arrays(net.A, net.start, None, bias=net.bias, norms=[eps, *parts[1:]])
    assert not found.belongs_to(other)


@pytest.mark.parametrize("centred", [False, True])
def test_the_reach_of_a_row_is_attained(centred):
    """√m ‖F‖ is F y / √(mean y²) at y = F, less its mean where that is taken off."""
    F = [3, -1, 7, 4, 0]
    m = len(F)
    rows = Rows((fmpz_mat(m, m), 0), m if centred else 1, (fmpz_mat(1, m), 3), Fraction(1), (fmpz_mat(1, m), 0))
    y = np.array(F) / 8
    y = y - y.mean() if centred else y
    attained = (np.array(F) / 8) @ y / math.sqrt((y**2).mean())
    assert 0 <= float(_reach(rows, F)) / attained - 1 < 1e-12
