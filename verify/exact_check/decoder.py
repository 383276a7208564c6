"""Lemma 1 for decoders: scores that are no linear function of the state, such as an MLP behind a norm.

Statement
---------
Let x be the last letter, h the state, and scores(h) what the layers of the decoder give, one after the other:

    affine      v → W v + b, W and b of the letter x        gate       v → g v + b, entry by entry, of the letter x
    activation  v → σ(v), entry by entry (`functions.py`)   residual   v → v + f(v), f layers
    norm        v → v̄ / √(mean v̄² + ε)                      product    v → f(v) g(v), entry by entry, f and g layers

with v̄ = v − mean v in a centred norm and v̄ = v in another, ε > 0. All numbers are real: nothing is rounded. A state
has a scale. It is known in two cases: if there is a unit κ that is 1 after every word, row κ of every transition being
that of the identity and h_0 having a 1 there; or else if the network divides states by their norm. So, of any positive
multiple z of the state,

    h = z / |κ z|,    κ z = z_κ    or    κ z = z, all coordinates.

Leading affine layers and gates may be taken of z instead, with b |κ z| for b, and then, of that multiple y of v,

    v = y / |κ z|,    or, if a norm comes next, its result is ȳ / √(mean ȳ² + ε |κ z|²).

If for every word w of `shortest` to `prefix` letters, q the state it leads to, score q of H_w is above all others, then
all of them are classified rightly.

Proof
-----
By definition: H_w, multiplied exactly, is a positive multiple of the state, |κ z| the multiple, and both forms of a
norm differ by this factor above and below. Where all layers are affine, scores are multiplied by it. Scores are
enclosed in balls, by arb, with more and more digits until the difference of two scores is positive; what is divided
by is positive in the ball, or nothing is decided. Balls enclose values of the functions at every number of the ball,
and layers are functions of those before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, arb_mat, ctx, fmpq

from .affine_forms import POINT, Ball, Form, Forms, applied, inverse, inverse_root, multiplied, padded, product
from .decoder_document import Activation, Affine, Gate, Layer, Norm, Residual
from .document import Claim
from .dyadic import Dyadic, integer_rows
from .errors import UndecidedError, require, require_form
from .functions import ACTIVATIONS

BITS = (64, 256, 1024, 4096)  # of balls, one after the other
MOST_WORK = 2**29  # products of numbers for all words
Map = Callable[[Ball, Forms], Forms]


@contextmanager
def digits(bits: int) -> Iterator[None]:
    """Balls of so many binary digits."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def real(value: Fraction) -> arb:
    """A fraction as a ball."""
    return arb(fmpq(value.numerator, value.denominator))


def balls(matrix: Dyadic) -> arb_mat:
    """A matrix of floats as one of balls."""
    return arb_mat(matrix[0]) * (arb(1) / arb(2) ** matrix[1])


def scores_of(claim: Claim, x: int) -> Map:
    """The decoder after the last letter x, on positive multiples of states, with the digits of balls that are set."""
    assert claim.decoder is not None
    layers, constant = claim.decoder.layers, claim.constant
    linear: list[_Linear] = []
    for layer in layers:
        if not isinstance(layer, (Affine, Gate)) or (constant is None and layer.add):
            break
        linear.append(_linear(layer, x))
    first = layers[len(linear)] if len(linear) < len(layers) else None
    rest = [_map(layer, x) for layer in layers[len(linear) + isinstance(first, Norm) :]]

    def scores(ball: Ball, z: Forms) -> Forms:
        kappa, v = z if constant is None else [z[constant]], z
        for layer in linear:
            v = _added(layer.map(v), layer.add, kappa[0])
        if isinstance(first, Norm):
            v = _normed(ball, first, v, kappa)
        elif first is not None:
            size = inverse_root(ball, [(arb(1), kappa)]) if constant is None else inverse(ball, kappa[0])
            v = multiplied(ball, v, size)
        return _through(rest, ball, v)

    return scores


ONE = [arb(1)]


def _normed(ball: Ball, norm: Norm, v: Forms, kappa: Forms) -> Forms:
    """v̄ / √(mean v̄² + ε |κ|²)."""
    if norm.centred:
        mean = [sum(column, arb(0)) / len(v) for column in zip(*v, strict=True)]
        v = [[a - m for a, m in zip(form, mean, strict=True)] for form in v]
    return multiplied(ball, v, inverse_root(ball, [(arb(1) / len(v), v), (real(norm.eps), kappa)]))


def _through(layers: Sequence[Map], ball: Ball, v: Forms) -> Forms:
    for layer in layers:
        v = layer(ball, v)
    return v


@dataclass(frozen=True)
class _Linear:
    """An affine layer or a gate: the map of forms without b, and b."""

    map: Callable[[Forms], Forms]
    add: list[arb] | None


def _linear(layer: Affine | Gate, x: int) -> _Linear:
    add = balls(_of(layer.add, x)).entries() if layer.add else None
    if isinstance(layer, Affine):
        W = balls(_of(layer.weights, x))
        return _Linear(lambda v: (W * arb_mat(v)).tolist(), add)
    factors = balls(_of(layer.factors, x)).entries()
    return _Linear(lambda v: [[g * a for a in form] for g, form in zip(factors, v, strict=True)], add)


def _of(arrays: tuple[Dyadic, ...], x: int) -> Dyadic:
    return arrays[x if len(arrays) > 1 else 0]


def _added(v: Forms, add: list[arb] | None, one: Form) -> Forms:
    """The forms plus numbers times the form of what is 1, or of what it is a multiple of."""
    if add is None:
        return v
    return [
        [*(a + b * c for a, c in zip(form, one, strict=False)), *form[len(one) :]]
        for form, b in zip(v, add, strict=True)
    ]


def _map(layer: Layer, x: int) -> Map:
    if isinstance(layer, (Affine, Gate)):
        linear = _linear(layer, x)
        return lambda _, v: _added(linear.map(v), linear.add, ONE)
    if isinstance(layer, Activation):
        function = ACTIVATIONS[layer.function]
        return lambda ball, v: applied(ball, v, function)
    if isinstance(layer, Norm):
        return lambda ball, v: _normed(ball, layer, v, [[arb(1), *(arb(0) for _ in v[0][1:])]])
    if isinstance(layer, Residual):
        inside = [_map(inner, x) for inner in layer.layers]
        return lambda ball, v: _sum(v, _through(inside, ball, v))
    left, right = ([_map(inner, x) for inner in side] for side in (layer.left, layer.right))
    return lambda ball, v: _product(ball, _through(left, ball, v), right, v)


def _sum(v: Forms, f: Forms) -> Forms:
    """The sum with forms that may have more η, the first ones the same."""
    wide = padded(v, len(f[0]))
    return [[a + b for a, b in zip(*both, strict=True)] for both in zip(wide, f, strict=True)]


def _product(ball: Ball, f: Forms, right: Sequence[Map], v: Forms) -> Forms:
    """New η of the right side have to be others than those of the left one."""
    g = _through(right, ball, padded(v, len(f[0])))
    return product(ball, padded(f, len(g[0])), g)


def require_right(claim: Claim, H: Dyadic, states: Sequence[int], x: int, length: int) -> None:
    """That the states after some words with the last letter x are read out rightly.

    Args:
        claim: with a decoder.
        H: columns, one for each word.
        states: where the words lead.
        x: their last letter.
        length: their length.

    Raises:
        CheckError: if one is not.
        UndecidedError: if balls do not tell.
    """
    assert claim.decoder is not None
    work = len(states) * claim.decoder.work
    require_form(work <= MOST_WORK, f"{len(states)} words are more than can be decoded")
    left = [(q, column) for q, column in zip(states, integer_rows(H[0].transpose()), strict=True)]
    for bits in BITS:
        with digits(bits):
            scores = scores_of(claim, x)
            left = [(q, z) for q, z in left if not _is_right(scores, q, claim.rivals(q), z, length)]
        if not left:
            return
    raise UndecidedError(f"the decoder is not decided after a word of {length} letters, state {left[0][0]}")


def _is_right(scores: Map, q: int, rivals: Sequence[int], z: Sequence[int], length: int) -> bool:
    """Whether score q of a positive multiple z of a state is certainly above its rivals.

    Raises:
        CheckError: if it certainly is not.
    """
    try:
        found = [form[0] for form in scores(POINT, [[arb(v)] for v in z])]
    except UndecidedError:
        return False
    leads = [found[q] - found[p] for p in rivals]
    require(not any(lead <= 0 for lead in leads), f"words of {length} letters are not all classified rightly")
    return all(lead > 0 for lead in leads)
