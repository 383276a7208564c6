"""Exact weights with noise, and the definition of being right, by fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import torch
from bistate.models import BilinearRNN
from bistate.theory import Automaton, realize
from bistate.verify import parse_task
from bistate.verify.networks.float_network import FloatNetwork, float_weights


def noisy(task: str | Automaton, size: float, seed: int = 0, rung: str = "block") -> tuple[Automaton, BilinearRNN]:
    automaton = parse_task(task) if isinstance(task, str) else task
    model = BilinearRNN.from_weights(realize(automaton, rung), transition="full")
    random = np.random.default_rng(seed)
    with torch.no_grad():
        noise = size * random.standard_normal(model.family.weight.shape) / math.sqrt(model.hidden)
        model.family.weight += torch.from_numpy(noise)
    return automaton, model


def noisy_everywhere(automaton: Automaton, size: float, seed: int = 0) -> BilinearRNN:
    """Noise on all weights, not only on the transitions."""
    model = BilinearRNN.from_weights(realize(automaton, "full"), dtype=torch.float64)
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p += size * torch.randn(p.shape, generator=random, dtype=p.dtype)
    return model


def network_of(model: BilinearRNN, automaton: Automaton, shortest: int = 0) -> FloatNetwork:
    """What searches for certificates look at."""
    A, h, C = (values.detach().numpy() for values in (model.transitions(), model.start, model.rows()))
    return FloatNetwork(A, h, C, np.array(automaton.table), automaton.start, shortest=shortest)


def right_on_all_words(model: BilinearRNN, automaton: Automaton, length: int) -> bool:
    """By fractions, from the definition."""
    A, h, C = ([Fraction(v) for v in values.ravel().tolist()] for values in float_weights(model))
    n, letters = model.hidden, model.letters
    rows = [[A[(x * n + i) * n : (x * n + i + 1) * n] for i in range(n)] for x in range(letters)]
    for word in product(range(letters), repeat=length):
        v, q = h, automaton.start_index
        for x in word:
            v = [sum(a * b for a, b in zip(row, v, strict=True)) for row in rows[x]]
            q = int(automaton.table[q, x])
        logits = [sum(a * b for a, b in zip(C[p * n : (p + 1) * n], v, strict=True)) for p in range(model.states)]
        if any(logits[p] >= logits[q] for p in range(model.states) if p != q):
            return False
    return True
