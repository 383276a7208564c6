"""Small certificates made by hand, and the checker with one line of it changed."""

from __future__ import annotations

import base64
import itertools
import random
import sys
from array import array
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace

from bistate.verify import exact_check
from bistate.verify.exact_check.document import digest
from flint import fmpz_mat

FOLDER = Path(exact_check.__file__).parent
MODULES = (
    "errors",
    "dyadic",
    "fields",
    "normed_document",
    "decoder_document",
    "document",
    "trigonometry",
    "functions",
    "affine_forms",
    "float_model",
    "normed_readout",
    "decoder",
    "words",
    "components",
    "contexts",
    "tube",
    "decision",
    "normed_decision",
    "decoder_decision",
    "paths",
    "pair_paths",
    "responses",
    "length",
    "angles",
    "cones",
    "polyhedra",
    "refreshed",
    "checker",
)  # each after those that it imports
NUMBER = itertools.count()
Matrix = list[list[Fraction]]
Vector = list[Fraction]


# the checker ----------------------------------------------------------------------------------------------------


@cache
def code_of(name: str) -> CodeType:
    """A module of the checker as it is."""
    return compile((FOLDER / f"{name}.py").read_text(encoding="utf-8"), f"{name}.py", "exec")


def loaded(module: str = "", *changes: tuple[str, str]) -> SimpleNamespace:
    """All modules of the checker, made afresh, with some texts of one of them replaced."""
    package = f"planted_{next(NUMBER)}"
    names = [package]
    sys.modules[package] = ModuleType(package)
    sys.modules[package].__path__ = []
    try:
        for name in MODULES:
            code = code_of(name)
            if name == module:
                source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
                for old, new in changes:
                    assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times in {name}.py"
                    source = source.replace(old, new)
                code = compile(source, f"{name}.py, changed", "exec")
            made = ModuleType(f"{package}.{name}")
            made.__package__ = package
            names.append(made.__name__)
            sys.modules[made.__name__] = made
            exec(code, made.__dict__)
            setattr(sys.modules[package], name, made)
        return SimpleNamespace(**{name: sys.modules[f"{package}.{name}"] for name in MODULES})
    finally:
        for name in names:
            sys.modules.pop(name, None)


def planted(module: str, old: str, new: str) -> SimpleNamespace:
    """The checker with an error: one text, which stands once in a module, is replaced by another one."""
    return loaded(module, (old, new))


def outcome(checker: SimpleNamespace, document: dict) -> float | str:
    """The horizon that a checker finds proved, or why it does not."""
    try:
        return checker.checker.check(document)
    except checker.errors.CheckError as error:
        return str(error)


def lemmas(checker: SimpleNamespace, document: dict) -> SimpleNamespace:
    """The values of the lemmas that a tube needs."""
    claim = checker.document.claim_of(document)
    rounding = checker.float_model.rounding_of(claim)
    words = checker.words.right_words(claim, rounding, claim.prefix)
    coordinates = checker.components.coordinates_of(claim)
    edges = checker.contexts.edges_of(claim, rounding, coordinates)
    tube = checker.tube.tube_of(claim, rounding, coordinates, edges, words)
    leads = checker.decision.leads_of(claim, rounding, coordinates, edges)
    paths = None
    if "path" in claim.proof:
        paths = checker.paths.paths_of(claim, coordinates, edges, tube, leads)
    elif "pairs" in claim.proof:
        paths = checker.pair_paths.pair_paths_of(claim, rounding, coordinates, edges, words, tube, leads)
    return SimpleNamespace(
        claim=claim,
        rounding=rounding,
        words=words,
        coordinates=coordinates,
        edges=edges,
        tube=tube,
        leads=leads,
        paths=paths,
    )


# certificates ---------------------------------------------------------------------------------------------------


def stored(values: Sequence) -> dict:
    """Nested lists of numbers that are floats."""
    shape, flat = [], list(values)
    shape.append(len(flat))
    while isinstance(flat[0], list | tuple):
        shape.append(len(flat[0]))
        flat = [v for row in flat for v in row]
    floats = [float(v) for v in flat]
    assert floats == flat, "a number is no float"
    return {"shape": shape, "float64": base64.b64encode(array("d", floats).tobytes()).decode()}


def signed(document: dict) -> dict:
    """The document with the digest of what it speaks of now."""
    return document | {"digest": digest(document)}


def document_of(
    A: Sequence, h: Sequence, C: Sequence, table: Sequence, horizon: object, proof: dict, **more: object
) -> dict:
    """A certificate; `more` are fields of its own, or of the weights: spread and underflow."""
    weights = {"transitions": stored(A), "start": stored(h), "readout": stored(C)}
    weights |= {name: stored(more.pop(name)) for name in ("spread", "underflow") if name in more}
    document = {
        "kind": "bistate horizon 2",
        "arithmetic": "exact",
        "automaton": {"table": [list(row) for row in table], "start": 0},
        "weights": weights,
        "horizon": horizon,
        "proof": proof,
    }
    if more.get("arithmetic", "exact") != "exact":
        document |= {"execution": "loop", "terms": 4}
    return signed(document | more)


def changed(document: dict, **proof: object) -> dict:
    """Another proof of the same claim."""
    return document | {"proof": document["proof"] | proof}


def tube_proof(L: Matrix, P: Matrix, codes: Matrix, scales: Matrix, sizes: list[int], **more: object) -> dict:
    """A proof by a tube; every component has the 2-norm."""
    proof = {
        "prefix": 0,
        "to": stored(L),
        "from": stored(P),
        "codes": stored(codes),
        "scales": stored(scales),
        "sizes": sizes,
        "norms": ["l2"] * len(sizes),
        "squarings": [6] * len(sizes),
    }
    return proof | more


def eye(n: int) -> Matrix:
    return [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]


# the definition -------------------------------------------------------------------------------------------------


def times(rows: Matrix, vector: Vector) -> Vector:
    return [sum((a * b for a, b in zip(row, vector, strict=True) if a), Fraction(0)) for row in rows]


def product(a: Matrix, b: Matrix) -> Matrix:
    columns = [list(column) for column in zip(*b, strict=True)]
    return [[sum((u * v for u, v in zip(row, c, strict=True)), Fraction(0)) for c in columns] for row in a]


def difference(a: Matrix, b: Matrix) -> Matrix:
    return [[u - v for u, v in zip(*rows, strict=True)] for rows in zip(a, b, strict=True)]


def scaled(matrix: Matrix, factor: Fraction | int) -> Matrix:
    return [[v * factor for v in row] for row in matrix]


def sizes_of(matrix: Matrix) -> Matrix:
    return [[abs(v) for v in row] for row in matrix]


def fractions_of(dyadic: tuple) -> Matrix:
    """A matrix of the checker."""
    matrix, e = dyadic
    return [[Fraction(int(v), 1) / Fraction(2) ** e for v in row] for row in matrix.tolist()]


def dyadic_of(matrix: Matrix) -> tuple:
    """A matrix of dyadic fractions as the checker holds it."""
    e = max(value.denominator.bit_length() - 1 for row in matrix for value in row)
    return fmpz_mat([[int(value * 2**e) for value in row] for row in matrix]), e


def square_of(vector: Sequence[Fraction]) -> Fraction:
    return sum((v * v for v in vector), Fraction(0))


def read(array_: dict) -> list:
    """A stored array, in fractions."""
    flat: list = [Fraction(v) for v in array("d", base64.b64decode(array_["float64"]))]
    for size in reversed(array_["shape"][1:]):
        flat = [flat[i : i + size] for i in range(0, len(flat), size)]
    return flat


def words_of(document: dict, length: int) -> Iterator[tuple[tuple[int, ...], int, Vector]]:
    """Every word of a length, its state and A[w] h_0."""
    A, h = (read(document["weights"][name]) for name in ("transitions", "start"))
    table, start = document["automaton"]["table"], document["automaton"]["start"]
    for word in itertools.product(range(len(A)), repeat=length):
        vector, q = h, start
        for x in word:
            vector, q = times(A[x], vector), table[q][x]
        yield word, q, vector


def first_wrong(document: dict, longest: int) -> int | None:
    """The length of the shortest word that is not classified rightly, by fractions."""
    C = read(document["weights"]["readout"])
    for length in range(longest + 1):
        for _, q, vector in words_of(document, length):
            logits = times(C, vector)
            if any(logits[p] >= logits[q] for p in range(len(C)) if p != q):
                return length
    return None


def longest_claim(checker: SimpleNamespace, document: dict, longest: int) -> int:
    """The largest horizon, of those up to `longest`, that a checker finds proved; −1 for none."""
    held = [t for t in range(longest + 1) if outcome(checker, document | {"horizon": t}) == t]
    return max(held, default=-1)


def claims_too_much(checker: SimpleNamespace, document: dict, longest: int) -> bool:
    """Whether a checker accepts a horizon at which some word is wrong."""
    wrong = first_wrong(document, longest)
    return wrong is not None and longest_claim(checker, document, longest) >= wrong


# drawn certificates ---------------------------------------------------------------------------------------------

TABLES = ([[1], [0]], [[0, 1], [1, 0]], [[1, 0], [2, 1], [0, 2]])  # C2 with one letter, C2, C3 with two letters


def inverse(matrix: Matrix) -> Matrix:
    n = len(matrix)
    rows = [list(row) + unit for row, unit in zip(matrix, eye(n), strict=True)]
    for i in range(n):
        pivot = next(r for r in range(i, n) if rows[r][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [v / rows[i][i] for v in rows[i]]
        for r in range(n):
            if r != i:
                rows[r] = [a - rows[r][i] * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [row[n:] for row in rows]


def drawn(
    seed: int, norms: str = "l2 l2", memory: int = 0, table: Sequence[Sequence[int]] | None = None, **more: object
) -> dict:
    """The automaton's matrices beside a rest that fades, all of it a little off, and a proof that is off as well."""
    draw = random.Random(seed)
    table = TABLES[seed % len(TABLES)] if table is None else table
    m, letters, rest = len(table), len(table[0]), 1 + seed % 2
    n = m + rest

    def noise(size: float) -> Fraction:
        return Fraction(round(draw.uniform(-size, size) * 2**12), 2**12)

    def matrix(rows: Matrix, size: float) -> Matrix:
        return [[v + noise(size) for v in row] for row in rows]

    A = []
    for x in range(letters):
        plain = [[Fraction(int(j < m and table[j][x] == i)) for j in range(n)] for i in range(m)]
        A.append(matrix(plain + [[Fraction(int(i == j), 4) for j in range(n)] for i in range(m, n)], 0.02))
    L = matrix(eye(n), 0.1)
    P = [[Fraction(round(v * 2**6), 2**6) for v in row] for row in inverse(L)]  # nearly
    units = [[Fraction(int(i == q)) for i in range(n)] for q in range(m)]
    codes = [[v + noise(0.02) for v in times(L, unit)] for unit in units]
    count = letters**memory
    scales = [[1 + noise(0.05) for _ in range(m)] for _ in range(letters * count)]
    proof = tube_proof(L, P, codes, scales, [m, rest], norms=norms.split(), prefix=max(1, memory))
    if memory:
        tilts = [[[noise(0.05) for _ in range(m)] for _ in range(rest)] for _ in range(count)]
        proof |= {"memory": memory, "tilts": stored(tilts)}
    start = [v + noise(0.02) for v in units[0]]
    C = [[v + noise(0.02) for v in unit] for unit in units]
    return document_of(A, start, C, table, 0, proof, **more)


def words_alone(document: dict, length: int) -> dict:
    """The claim that words of so many letters are right, since they are multiplied out."""
    return document | {"horizon": length, "proof": {"prefix": length}}


def close(seed: int) -> dict:
    """Words of which some are wrong soon: the rest does not fade, and is read out."""
    document = drawn(seed)
    weights = {name: read(value) for name, value in document["weights"].items()}
    m = len(weights["readout"])
    for matrix in weights["transitions"]:
        matrix[m] = [Fraction(int(j == m)) * Fraction(3, 2) for j in range(len(matrix))]
    weights["transitions"][-1] = [[v / 8 for v in row] for row in weights["transitions"][-1]]  # another exponent
    weights["start"][m] = Fraction(1, 2)
    weights["readout"][seed % m][m] = Fraction(1)
    return document_of(*weights.values(), document["automaton"]["table"], 0, {"prefix": 0})
