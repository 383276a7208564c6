"""Compile every kernel for a card that need not be there, and print what is in the machine's words, as JSON.

Kernels are launched as models launch them, on tensors of the CPU; instead of running, each is compiled once. Run by
`test_compiled.py` in a process of its own, in which launches mean nothing.
"""

import json
import re
import sys
from typing import Any

import torch
import triton
from bistate.models import BilinearRNN
from bistate.models.kernels import choice
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from triton.runtime.jit import JITFunction

TYPES = {torch.float32: "*fp32", torch.float64: "*fp64", torch.int64: "*i64"}
MODELS: list[tuple[str, int, dict[str, Any]]] = [
    ("block", 256, {}),
    ("block", 1024, {"block": 4}),
    ("diagonal", 100, {}),
    ("rotation", 256, {}),
    ("full", 64, {}),
    ("full", 1000, {}),
    ("monomial", 256, {}),
    ("cp", 100, {"rank": 300}),
    ("householder", 256, {"heads": 4, "reflections": 2}),
]
INSTRUCTIONS = {  # what certificates ask about
    "approximate": r"\b(?:sqrt|div|rcp|rsqrt)\.(?:approx|full)",
    "exact root": r"\bsqrt\.rn\.",
    "exact quotient": r"\bdiv\.rn\.",
    "tensor cores": r"\b(?:mma|wgmma|tcgen05)\b|tf32",
    "atomic": r"\b(?:atom|red)\.",
}


def main(capability: int) -> None:
    found: dict[str, dict[str, int]] = {}

    def compile_instead(self: Any, *args: Any, grid: Any, warmup: bool, **named: Any) -> None:
        options = {"num_warps": named.pop("num_warps", 4)}
        names = [p.name for p in self.params]
        values = dict(zip(names, args, strict=False)) | named
        constants = {p.name: values[p.name] for p in self.params if p.is_constexpr}
        kinds = {n: TYPES[v.dtype] if isinstance(v, torch.Tensor) else "i32" for n, v in values.items()}
        signature = {n: "constexpr" if n in constants else kinds[n] for n in names}
        aligned = {(k,): [["tt.divisibility", 16]] for k, n in enumerate(names) if signature[n].startswith("*")}
        name = f"{self.fn.__module__.rsplit('.', 1)[1]}.{self.fn.__name__} {sorted(signature.values())} {constants}"
        if name not in found:
            source = ASTSource(fn=self, signature=signature, constexprs=constants, attrs=aligned)
            text = triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options).asm
            found[name] = {what: len(re.findall(words, text["ptx"])) for what, words in INSTRUCTIONS.items()}
            found[name]["own barrier"] = text["ttir"].count("barrier")  # before the compiler adds its own

    JITFunction.run = compile_instead
    choice._why_not = lambda *tensors: ""
    for family, hidden, options in MODELS:
        for dtype in (torch.float32, torch.float64) if hidden <= 256 else (torch.float32,):
            model = BilinearRNN(5, hidden, 4, family, dtype=dtype, batching="kernel", **options)
            model(torch.randint(5, (8, 20)), every=True).sum().backward()
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
