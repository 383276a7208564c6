"""Decoders: forms against the definition in balls, and a planted error for each hypothesis."""

from __future__ import annotations

import copy
import itertools

import numpy as np
import pytest
import torch
from bistate.models import LinearRNN
from bistate.models.decoder_module import decoded
from bistate.verify import CheckError, check
from bistate.verify.exact_check import FormatError, UndecidedError
from bistate.verify.exact_check.fields import floats
from bistate.verify.refutation.decoded_balls import decoded_balls
from flint import arb, arb_mat, ctx
from helpers.behind_norms import all_words
from helpers.decoders import FUNCTIONS, KINDS, by_hand, decoder
from helpers.documents import signed, stored
from helpers.lemmas import loaded
from helpers.lemmas import planted as with_error

BITS = 200


@pytest.fixture(autouse=True)
def _digits():
    before, ctx.prec = ctx.prec, BITS
    yield
    ctx.prec = before


def numbers(held: dict) -> np.ndarray:
    return np.array(floats(held, held["shape"], "numbers")).reshape(held["shape"])


def array(values: object) -> dict:
    return stored(np.array(values, dtype=np.float64))


# --- functions of one number ---


def missed(checker, name: str) -> bool:
    """Whether a number of an interval is not within r of the line of the lemma, or a chord not among the slopes."""
    draw = np.random.default_rng(0)
    function = checker.functions.ACTIVATIONS.get(name) or getattr(checker.functions, name)
    for size in (1e-3, 0.3, 4.0, 40.0):
        for _ in range(8):
            middle = draw.normal() * 2
            if function.positive:
                middle = abs(middle) + 1.5 * size
            whole = arb(float(middle), float(size))
            slope, centre, off = checker.affine_forms.line(function, whole)
            low, high = checker.functions.ends(whole)
            chords = function.slope(low, high)
            for share in (*np.linspace(0, 1, 9).tolist(), 0.37, float(draw.random())):
                y = (low + (high - low) * share).mid()
                x = (low + (high - low) * float(draw.random())).mid()
                if not chords.overlaps((function.value(y) - function.value(x)) / (y - x)):
                    return True
                if not abs(function.value(y) - slope * y - centre) <= off + arb(2) ** -100:
                    return True
    return False


@pytest.mark.parametrize("name", [*FUNCTIONS, "INVERSE", "INVERSE_ROOT"])
def test_a_line_is_near_the_function(name):
    assert not missed(loaded(), name)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_are_those_of_torch(name):
    checker = loaded()
    y = torch.linspace(-6, 6, 41, dtype=torch.float64)
    run = {"gelu_tanh": lambda v: torch.nn.functional.gelu(v, approximate="tanh")}
    expected = run.get(name, getattr(torch.nn.functional, name, None))(y)
    found = [float(checker.functions.ACTIVATIONS[name].value(arb(v)).mid()) for v in y.tolist()]
    assert np.abs(np.array(found) - expected.numpy()).max() < 1e-14


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("silu", "return s * (1 + low.union(high) * (1 - s))", "return s"),
        ("gelu", "return _between(_normal, low, high) + y", "return _between(_normal, low, high) - y"),
        ("gelu_tanh", "return s + y * (8", "return s - y * (8"),
        ("relu", "else arb(0).union(arb(1))", "else arb(1)"),
        ("sigmoid", "return s * (1 - s)\n\n\ndef _tanh", "return s * (1 - s) / 2\n\n\ndef _tanh"),
        ("tanh", "return 1 - _between(arb.tanh, low, high) ** 2", "return 1 - _between(arb.tanh, low, high)"),
        ("INVERSE", "return -(_between(_inverse, low, high) ** 2)", "return _between(_inverse, low, high) ** 2"),
        ("INVERSE_ROOT", "return -(_between(arb.rsqrt, low, high) ** 3) / 2", "return -(low.rsqrt() ** 3) / 4"),
    ],
)
def test_a_wrong_slope_is_seen(name, old, new):
    assert missed(with_error("functions", old, new), name)


def test_a_line_from_one_piece_of_the_interval_is_seen():
    error = with_error("affine_forms", "hull = inside if hull is None else hull.union(inside)", "hull = inside")
    assert missed(error, "silu")


# --- balls ---


def setting(checker, document: dict):
    claim = checker.document.claim_of(document)
    coordinates = checker.components.coordinates_of(claim)
    return claim, coordinates, checker.contexts.edges_of(claim, None, coordinates)


def beyond(checker, kind: str, normalize: bool, size: float) -> bool:
    """Whether scores of a state in a ball are not where forms say: random errors, and those along the forms' rows."""
    net, _, document = by_hand(kind, normalize)
    claim, coordinates, _ = setting(checker, document)
    weights, draw = net.linear(), np.random.default_rng(1)
    parts = coordinates.parts
    P = np.array([[float(int(v)) for v in row] for row in coordinates.P[0].tolist()]) * 2.0 ** -coordinates.P[1]
    codes = np.array([[float(int(v)) for v in row] for row in coordinates.codes[0].tolist()])
    codes *= 2.0 ** -coordinates.codes[1]
    radii = tuple(arb(size) / (1 + k) for k in range(len(parts.sizes)))
    ball = checker.affine_forms.Ball(parts.cuts, parts.norms, radii)
    for q, x in itertools.product((0, 3), (0, 1)):
        back = arb_mat(P.tolist())
        z = [
            [a, *row]
            for a, row in zip((back * arb_mat(codes[q][:, None].tolist())).entries(), back.tolist(), strict=True)
        ]
        forms = checker.decoder.scores_of(claim, x)(ball, z)
        direction = np.array([float((a - b).mid()) for a, b in zip(forms[q], forms[(q + 1) % 6], strict=True)])
        intervals = [ball.interval(form) for form in forms]
        for k in range(12):
            e = draw.normal(size=len(P)) if k > 1 else (-1) ** k * direction[1 : 1 + len(P)]
            for j, rho in enumerate(radii):
                p = parts.part(j)
                e[p] *= float(rho.mid()) * (1 - 1e-9) / np.linalg.norm(e[p])
            h = back * arb_mat([[float(a)] for a in codes[q] + e])
            length = h[weights.constant, 0] if not normalize else sum((v * v for v in h.entries()), arb(0)).sqrt()
            true = decoded_balls(weights.decoder, h * (1 / length), x).entries()
            if claim.decoder.layers and not all(i.overlaps(v) for i, v in zip(intervals, true, strict=True)):
                return True
            margins = [true[q] - v - (forms[q][0] - f[0]) for v, f in zip(true, forms, strict=True)]
            allowed = [ball.radius([a - b for a, b in zip(forms[q], f, strict=True)]) for f in forms]
            if any(m < -a - arb(2) ** -60 for m, a in zip(margins, allowed, strict=True)):
                return True
    return False


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_scores_in_a_ball_are_within_the_forms(kind, normalize):
    assert not any(beyond(loaded(), kind, normalize, size) for size in (1e-4, 0.1))


@pytest.mark.parametrize(
    ("kind", "normalize", "module", "old", "new"),
    [
        ("silu", True, "affine_forms", "noise.append(off)", "noise.append(arb(0))"),
        ("norm", True, "affine_forms", "squares + off, *rest", "squares + 40 * off, *rest"),
        ("silu", True, "decoder", "v = multiplied(ball, v, size)", "pass"),
        ("norm", False, "decoder", "(real(norm.eps), kappa)", "(real(norm.eps) * 99, kappa)"),
        ("norm inside", True, "decoder", "    if norm.centred:", "    if not norm.centred:"),
        ("residual", True, "decoder", "[a + b for a, b in zip(*both, strict=True)]", "[b for a, b in zip(*both)]"),
        ("gate of the last letter", True, "decoder", "arrays[x if len(arrays) > 1 else 0]", "arrays[0]"),
        ("gate of the last letter", False, "decoder", "a + b * c for a, c", "a - b * c for a, c"),
    ],
)
def test_an_error_in_the_forms_is_seen(kind, normalize, module, old, new):
    assert beyond(with_error(module, old, new), kind, normalize, 0.1)


@pytest.mark.parametrize("old", ["", "(ball.radius(u) * ball.radius(v)).upper()", "a * q + b * p"])
def test_a_product_holds_the_square(old):
    """(1 + e)² for e from −1/2 to 1/2, and without one of its two terms."""
    checker = with_error("affine_forms", old, "arb(0)") if old else loaded()
    ball = checker.affine_forms.Ball((0, 1), ("l2",), (arb(0.5),))
    ((a, slope, *noise),) = checker.affine_forms.product(ball, [[arb(1), arb(1)]], [[arb(1), arb(1)]])
    off = sum((abs(v) for v in noise), arb(0))
    fine = [abs((1 + e) ** 2 - a - slope * e) <= off for e in (arb(-0.5), arb(0.25), arb(0.5))]
    assert all(fine) == (not old)


def test_the_largest_singular_value_bounds_a_block():
    checker, draw = loaded(), np.random.default_rng(0)
    for shape in ((3, 7), (7, 3), (4, 4)):
        J = draw.normal(size=shape)
        ball = checker.affine_forms.Ball((0, shape[1]), ("l2",), (arb(2),))
        forms = [[arb(0), *map(arb, row)] for row in J.tolist()]
        ratio = float(ball.distance(forms)) / (2 * np.linalg.norm(J, 2))
        assert 1 <= ratio < 1.1
        ball = checker.affine_forms.Ball((0, shape[1]), ("l1",), (arb(2),))
        assert abs(float(ball.distance(forms)) / (2 * np.linalg.norm(J, axis=0).max()) - 1) < 1e-9


# --- the decision, and slabs ---


def radii_of(document: dict) -> np.ndarray:
    held = document["proof"]["radii"]
    return np.array(floats(held, held["shape"], "radii"))


def with_radii(document: dict, radii: np.ndarray) -> dict:
    return document | {"proof": document["proof"] | {"radii": array(radii)}}


def decides(checker, document: dict, size: float) -> bool:
    claim, coordinates, edges = setting(checker, with_radii(document, np.full(len(radii_of(document)), size)))
    try:
        checker.decoder_decision.decoder_leads(claim, coordinates, edges)
    except checker.errors.UndecidedError:
        return False
    return True


def largest(checker, document: dict) -> float:
    low, high = 1e-3, 1.0
    for _ in range(7):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if decides(checker, document, middle) else (low, middle)
    return low


def some_error_is_wrong(net: LinearRNN, document: dict, size: float) -> bool:
    """Whether a state within the radius is read wrongly, in floats: a ring of errors around every code."""
    checker = loaded()
    _, coordinates, _ = setting(checker, document)
    P = np.array([[float(int(v)) for v in row] for row in coordinates.P[0].tolist()]) * 2.0 ** -coordinates.P[1]
    codes = np.array([[float(int(v)) for v in row] for row in coordinates.codes[0].tolist()])
    codes *= 2.0 ** -coordinates.codes[1]
    turns = np.linspace(0, 2 * np.pi, 720)
    ring = np.stack([np.cos(turns), np.sin(turns)], axis=1) * size
    for q, code in enumerate(codes):
        h = (code + ring) @ P.T
        h /= np.linalg.norm(h, axis=1, keepdims=True)
        for x in (0, 1):
            scores = decoded(net.linear().decoder, h, np.full(len(h), x))
            if (scores.argmax(axis=1) != q).any():
                return True
    return False


@pytest.mark.parametrize("kind", ["relu", "silu", "norm", "gate of the last letter"])
def test_balls_are_decided_nearly_as_far_as_they_are_right(kind):
    net, _, document = by_hand(kind)
    size = largest(loaded(), document)
    assert not some_error_is_wrong(net, document, size)
    assert some_error_is_wrong(net, document, 2.5 * size)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rest.sqrt() if j == k else rho", "rest.sqrt() / 2 if j == k else rho"),
        ("waiting += [(low, middle, depth + 1), (middle, high, depth + 1)]", "waiting += [(middle, high, depth + 1)]"),
        ("return bool(form[0] > ball.radius(form))", "return bool(form[0] > 0)"),
        ("found.append(moved)", "found.append(form)"),
        ("for p in rivals:\n        if not _leads", "for p in rivals[:0]:\n        if not _leads"),
    ],
)
def test_an_error_in_the_slabs_is_seen(old, new):
    """Either wrong states are called decided, or much less is decided than before."""
    net, _, document = by_hand("silu")
    error = with_error("decoder_decision", old, new)
    size, before = largest(error, document), largest(loaded(), document)
    assert some_error_is_wrong(net, document, size) or size < 0.9 * before or size > 1.3 * before


def slab_misses(checker) -> bool:
    """Whether an error of the ball with t in a slab is not in the forms of the slab, along u or another row."""
    draw, u = np.random.default_rng(0), np.array([0.3, -1.7, 0.4])
    ball = checker.affine_forms.Ball((0, 3), ("l2",), (arb(2),))
    rows = np.stack([u, draw.normal(size=3)])
    z = [[arb(0.5), *map(arb, row)] for row in rows.tolist()]
    square = u @ u
    for low, high in ((-0.9, -0.3), (0.25, 1.0), (-0.2, 0.4)):
        forms = checker.decoder_decision._slab(ball, z, 0, [arb(v) for v in u], arb(square), arb(low), arb(high))
        rest = checker.affine_forms.Ball(
            (0, 3), ("l2",), (arb(4 - square * min(low**2, high**2, low * high > 0)).sqrt(),)
        )
        for _ in range(50):
            w = draw.normal(size=3)
            w -= w @ u / square * u
            t = draw.uniform(low, high)
            w *= np.sqrt(max(4 - square * t**2, 0)) / np.linalg.norm(w)
            if square * t**2 > 4:
                continue
            values = 0.5 + rows @ (t * u + w)
            if not all(rest.interval(f).overlaps(arb(v, 1e-9)) for f, v in zip(forms, values.tolist(), strict=True)):
                return True
    return False


def test_a_slab_holds_its_errors():
    assert not slab_misses(loaded())
    for old, new in (
        ("along * (high - low) / 2]", "along * (high - low) / 8]"),
        ("form[0] + along * (low + high) / 2", "form[0] + along * low"),
    ):
        assert slab_misses(with_error("decoder_decision", old, new))


def test_what_coordinates_leave_is_part_of_the_ball():
    """The radii of the checker are larger by ν' (‖c‖ + Σ ρ), and a proof with worse coordinates proves less."""
    _, _, document = by_hand("silu")
    worse = document | {"proof": document["proof"] | {"from": array(np.eye(2) * 1.05)}}
    assert largest(loaded(), worse) < 0.7 * largest(loaded(), document)
    error = with_error("decoder_decision", "up(radii[k] + parts.width(k) * grown)", "up(radii[k])")
    assert largest(error, worse) > 0.9 * largest(error, document)


def test_errors_have_to_stay_below_the_radii():
    _, _, document = by_hand("silu")
    assert check(document) == document["horizon"]
    with pytest.raises(CheckError, match="need not be classified rightly"):
        check(with_radii(document, radii_of(document) / 100))
    with pytest.raises(UndecidedError, match="not decided on the ball around the code of state"):
        check(with_radii(document, radii_of(document) * 40))
    with pytest.raises(FormatError, match="radii of a ball have to be positive"):
        check(with_radii(document, radii_of(document) * 0))


# --- words ---


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("kind", ["relu", "norm", "gate of the last letter"])
def test_words_are_those_of_the_definition(kind, normalize):
    for noise in (1e-3, 0.2, 0.3, 0.5):
        net, automaton, document = by_hand(kind, normalize, noise)
        for length in (1, 2, 3, 4):
            words = [all_words(2, n) for n in range(1, length + 1)]
            right = all((net(torch.from_numpy(w)).argmax(-1).numpy() == automaton.run_batch(w)).all() for w in words)
            claim = document | {"horizon": length, "proof": {"prefix": length}}
            if right:
                assert check(claim) == length
            else:
                with pytest.raises(CheckError, match="letters are not all classified rightly"):
                    check(claim)


def test_a_tie_is_not_right():
    document = copy.deepcopy(by_hand("silu")[2])
    last = document["weights"]["decoder"]["layers"][-1]
    for name in ("weights", "add"):
        values = numbers(last[name])
        values[2] = values[0]
        last[name] = array(values)
    with pytest.raises(CheckError, match="not decided after a word"):
        check(signed(document | {"horizon": 4, "proof": {"prefix": 4}}))


# --- documents ---


def test_the_scale_has_to_be_known():
    document = copy.deepcopy(by_hand("norm", False)[2])
    assert check(document) == document["horizon"]
    A = numbers(document["weights"]["transitions"])
    A[1, 2, 2] = 1 + 2**-40
    document["weights"]["transitions"] = array(A)
    with pytest.raises(CheckError, match="a letter changes the constant unit"):
        check(signed(document))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(layers=[]), "no layer"),
        (lambda d: d["layers"].append({"kind": "softmax"}), "is not known"),
        (lambda d: d["layers"].append({"kind": "activation", "function": "sin"}), "is none of"),
        (lambda d: d["layers"].append({"kind": "norm", "eps": array([0.0]), "centred": False}), "eps of a norm"),
        (lambda d: d["layers"].append({"kind": "gate", "factors": array([1.0])}), "does not fit its layer"),
        (lambda d: d["layers"].append({"kind": "residual", "layers": d["layers"][:1]}), "shapes of a decoder"),
        (lambda d: d["layers"].append({"kind": "product", "left": [], "right": [{}]}), "'kind' is missing"),
        (lambda d: d["layers"].append(7), "is an object with a kind"),
        (lambda d: d["layers"].extend([{"kind": "activation", "function": "relu"}] * 300), "over 256 layers"),
        (lambda d: d.update(layers=[{"kind": "affine", "weights": array(np.ones((3, 2)))}]), "3 scores for 6 states"),
        (lambda d: d.update(constant=9), "'constant' is 9"),
    ],
)
def test_hostile_decoders_are_no_certificates(change, message):
    document = copy.deepcopy(by_hand("silu")[2])
    change(document["weights"]["decoder"])
    with pytest.raises(FormatError, match=message):
        check(signed(document))


def nested(depth: int) -> list:
    layers: list = [{"kind": "activation", "function": "relu"}]
    for _ in range(depth):
        layers = [{"kind": "residual", "layers": layers}]
    return layers


def test_layers_are_not_deep_and_arithmetic_is_exact():
    document = copy.deepcopy(by_hand("silu")[2])
    document["weights"]["decoder"]["layers"] += nested(40)
    with pytest.raises(FormatError, match="deep in each other"):
        check(signed(document))
    document = copy.deepcopy(by_hand("silu")[2])
    with pytest.raises(FormatError, match="a decoder is covered in exact arithmetic alone"):
        check(signed(document | {"arithmetic": "float64", "execution": "loop", "terms": 5}))
    document["proof"]["path"] = {}
    with pytest.raises(FormatError, match="paths and responses are for scores that are linear"):
        check(document)
    document["proof"]["turns"] = []
    with pytest.raises(FormatError, match="angles are for scores that are linear"):
        check(document)


def test_other_numbers_are_another_claim():
    document = copy.deepcopy(by_hand("norm")[2])
    document["weights"]["decoder"]["layers"][0]["eps"] = array([2.0])
    with pytest.raises(CheckError, match="not those that"):
        check(document)
    assert decoder("norm").width(2, 2) == 6
