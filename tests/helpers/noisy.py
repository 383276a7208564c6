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
from bistate.verify.networks.float_network import float_weights


def noisy(task: str | Automaton, size: float, seed: int = 0, rung: str = "block") -> tuple[Automaton, BilinearRNN]:
    automaton = parse_task(task) if isinstance(task, str) else task
    model = BilinearRNN.from_weights(realize(automaton, rung), transition="full")
    random = np.random.default_rng(seed)
    with torch.no_grad():
        noise = size * random.standard_normal(model.family.weight.shape) / math.sqrt(model.hidden)
        model.family.weight += torch.from_numpy(noise)
    return automaton, model


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
