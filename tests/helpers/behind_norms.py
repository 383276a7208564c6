"""Networks whose scores stand behind norms, planted: S3 on two reflections, as arrays and as a DeltaProduct."""

from __future__ import annotations

import itertools

import numpy as np
import torch
from bistate.models import DeltaProduct, LinearRNN, NormedReadout
from bistate.theory import Automaton

AXES = (0.3, 0.3 + np.pi / 3)  # of the normals of two mirrors
SILU = 0.2  # values of silu down to about −0.278 are reached


def reflections() -> tuple[list[np.ndarray], list[np.ndarray], Automaton]:
    """The two letters, the six elements, and the automaton: state q is elements[q], letters act on the left."""
    letters = [np.eye(2) - 2 * np.outer(k, k) for k in (np.array([np.cos(t), np.sin(t)]) for t in AXES)]
    elements, table = [np.eye(2)], []
    for element in elements:
        row = []
        for letter in letters:
            moved = letter @ element
            found = [i for i, e in enumerate(elements) if np.abs(e - moved).max() < 1e-6]
            if not found:
                elements.append(moved)
            row.append(found[0] if found else len(elements) - 1)
        table.append(row)
    return letters, elements, Automaton(states=range(6), letters=range(2), table=table, start=0)


def planted(
    noise: float = 0.0,
    heads: int = 2,
    centred: bool = False,
    normalize: bool = False,
    bias: bool = True,
    eps: float = 1e-3,
    junk: int = 2,
    seed: int = 0,
) -> tuple[LinearRNN, Automaton]:
    """S3 in a random basis beside directions that die out, read through `heads` norms of 4 units each."""
    draw = np.random.default_rng(seed)
    letters, elements, automaton = reflections()
    n = 2 + junk
    T, _ = np.linalg.qr(draw.normal(size=(n, n)))
    A = np.zeros((2, n, n))
    for x, letter in enumerate(letters):
        rest = draw.normal(size=(junk, junk))
        A[x, :2, :2], A[x, 2:, 2:] = letter, 0.3 * rest / np.linalg.norm(rest, 2)
    v = np.array([np.cos(1.35), np.sin(1.35)])  # in the middle between two mirrors
    A = T @ A @ T.T + noise * draw.normal(size=A.shape)
    codes = np.stack([element @ v for element in elements])
    norms = []
    for _ in range(heads):
        R = draw.normal(size=(2, 4, 2))
        seen = R - R.mean(axis=1, keepdims=True) if centred else R
        E = np.stack([codes @ np.linalg.pinv(rows) for rows in seen])
        norms.append(NormedReadout(E, np.concatenate([R, np.zeros((2, 4, junk))], -1) @ T.T, eps, centred))
    start = T @ np.concatenate([v, 0.3 * draw.normal(size=junk)])
    d = 1e-2 * draw.normal(size=6) if bias else None
    return LinearRNN.from_arrays(A, start, None, bias=d, normalize=normalize, norms=norms), automaton


def inverse_silu(values: np.ndarray) -> np.ndarray:
    """The larger x with silu(x) = value, for values above −0.27."""
    x = torch.from_numpy(np.maximum(np.asarray(values, dtype=np.float64), 0) + 0.1)
    for _ in range(200):
        s = torch.sigmoid(x)
        x = x - (x * s - torch.from_numpy(np.asarray(values))) / (s * (1 + x * (1 - s)))
    return x.numpy()


def planted_product(
    noise: float = 0.0, heads: int = 2, norm: str = "rms", seed: int = 0
) -> tuple[DeltaProduct, Automaton]:
    """A DeltaProduct with a norm for each head, gates and a bias that tracks S3: S − p turns, S the state, p = s 1.

    The output of a head is K^(−½) (S)ᵀ q = s K^(−½) (q − gᵀ q) after the element g: 0 for the identity, and five
    directions for the others, of which the norm leaves the directions.
    """
    _, elements, automaton = reflections()
    layer = DeltaProduct(
        2, 2, 6, num_heads=heads, head_dim=2, num_householder=1, norm=norm, gate=True, norm_eps=1e-3, l2_eps=1e-14,
        dtype=torch.float64,
    )  # fmt: skip
    keys = np.array([[np.cos(t), np.sin(t)] for t in AXES])
    q = np.array([np.cos(1.35), np.sin(1.35)])
    outputs = np.array([SILU * 2**-0.5 * (q - g.T @ q) for g in elements])
    sizes = np.sqrt((outputs**2).mean(axis=1) + 1e-3)
    seen = outputs / sizes[:, None]  # behind the norm, (states, 2)
    rows, d = 2 * seen, -(seen**2).sum(axis=1)  # nearest point: 2 u · s − s²
    gate = 1.5
    with torch.no_grad():
        layer.embedding.weight.copy_(torch.eye(2))

        def per_letter(columns: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(np.tile(np.asarray(columns).T, (heads, 1)))

        layer.k_proj.weight.copy_(per_letter(inverse_silu(SILU * keys)))
        layer.v_proj.weight.copy_(per_letter(inverse_silu(SILU * keys)))
        layer.q_proj.weight.copy_(per_letter(inverse_silu(SILU * np.stack([q, q]))))
        layer.b_proj.weight.fill_(40.0)
        layer.g_proj.weight.copy_(per_letter(inverse_silu(np.full((2, 2), gate))))
        layer.o_proj.weight.copy_(torch.cat([torch.eye(2)] * heads, dim=1) / (gate * heads))
        layer.head.weight.copy_(torch.from_numpy(rows))
        layer.head.bias.copy_(torch.from_numpy(d))
        generator = torch.Generator().manual_seed(seed)
        for p in layer.parameters():
            p += noise * torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return layer, automaton


def all_words(letters: int, length: int) -> np.ndarray:
    return np.array(list(itertools.product(range(letters), repeat=length)))
