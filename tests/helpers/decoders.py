"""Networks with decoders, planted: S3 on two reflections, read by an MLP that was fitted to the six codes."""

from __future__ import annotations

import functools

import numpy as np
import torch
from bistate.models import Activation, Affine, Decoder, Gate, LinearRNN, Norm, Product, Residual
from bistate.theory import Automaton
from bistate.verify.certificates.spoken_of import claim_about, stored
from bistate.verify.networks.reading import reading_of
from torch import nn

from helpers.behind_norms import reflections

START = np.array([np.cos(1.35), np.sin(1.35)])  # in the middle between two mirrors
FUNCTIONS = ("gelu", "gelu_tanh", "relu", "sigmoid", "silu", "tanh")


def radial(function: str, width: int = 12, seed: int = 0) -> tuple[Affine, Activation, Affine]:
    """Random features of the codes, and the scores that are nearest to 4 on the right state and 0 on others."""
    _, elements, _ = reflections()
    draw = np.random.default_rng(seed)
    codes = np.stack([element @ START for element in elements])
    W, b = 1.5 * draw.normal(size=(width, 2)), 0.5 * draw.normal(size=width)
    points = np.concatenate([codes + 0.1 * draw.normal(size=codes.shape) for _ in range(20)])
    aims = np.tile(4 * np.eye(6), (20, 1))
    module = {"gelu": nn.GELU(), "gelu_tanh": nn.GELU("tanh"), "relu": nn.ReLU(), "sigmoid": nn.Sigmoid(),
              "silu": nn.SiLU(), "tanh": nn.Tanh()}[function]  # fmt: skip
    features = module(torch.from_numpy(points @ W.T + b)).numpy()
    wide = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    found = np.linalg.solve(wide.T @ wide + 1e-3 * np.eye(width + 1), wide.T @ aims)
    return Affine(W, b), Activation(function), Affine(found[:-1].T, found[-1])


def decoder(kind: str) -> Decoder:
    """A decoder of one of `KINDS`, from states of two units to six scores, right near the codes."""
    first, act, last = radial("silu")
    draw = np.random.default_rng(1)
    if kind in FUNCTIONS:
        return Decoder(radial(kind))
    if kind == "norm":
        return Decoder((Norm(1e-3), Gate([0.5**0.5] * 2), first, act, last))
    if kind == "norm inside":
        R = np.linalg.qr(draw.normal(size=(4, 4)))[0][:, :2]
        back = 0.5 * np.linalg.pinv(R - R.mean(axis=0))
        return Decoder((Affine(R), Norm(1e-2, centred=True), Affine(back), first, act, last))
    if kind == "residual":
        return Decoder((Residual((Affine(0.1 * draw.normal(size=(5, 2))), Activation("gelu"),
                                  Affine(0.1 * draw.normal(size=(2, 5))))), first, act, last))  # fmt: skip
    if kind == "product":
        twice = Product(
            (Affine(first.weights, first.add), act), (Affine(0.02 * draw.normal(size=(12, 2)), np.ones(12)),)
        )
        return Decoder((twice, last))
    gate = np.array([[1.0, 1.1], [1.2, 0.9]])  # of the last letter
    return Decoder((Gate(gate, [[0.0, 0.05], [-0.05, 0.0]]), first, act, last))


KINDS = (*FUNCTIONS, "norm", "norm inside", "residual", "product", "gate of the last letter")


@functools.cache
def planted(kind: str, noise: float = 0.0, normalize: bool = True, seed: int = 0) -> tuple[LinearRNN, Automaton]:
    """S3 on two reflections, a little off, read by a decoder."""
    letters, _, automaton = reflections()
    A = np.stack(letters) + noise * np.random.default_rng(seed).normal(size=(2, 2, 2))
    return LinearRNN.from_arrays(A, START, decoder(kind), normalize=normalize), automaton


@functools.cache
def by_hand(kind: str, normalize: bool = True, noise: float = 1e-3) -> tuple[LinearRNN, Automaton, dict]:
    """The network, the task and a certificate: coordinates as they are, codes of twice the size, words of 5 letters."""
    net, automaton = planted(kind, noise, normalize)
    _, elements, _ = reflections()
    reading = reading_of(2, 6, automaton)
    document = claim_about(net.linear(), automaton, reading, "exact", None)
    codes = 2 * np.stack([element @ START for element in elements])
    if not normalize:
        codes = np.concatenate([codes, np.full((6, 1), 2.0)], axis=1)
    n = codes.shape[1]
    proof = {
        "prefix": 1,
        "to": stored(np.eye(n)),
        "from": stored(np.eye(n)),
        "codes": stored(codes),
        "scales": stored(np.ones((2, 6))),
        "sizes": [n],
        "norms": ["l2"],
        "squarings": [20],
        "radii": stored(np.array([0.05])),
    }
    return net, automaton, document | {"horizon": 5, "proof": proof}
