"""What a card has to show, in one run: the kernels are right, how long they take, and that training ends in a proof.

    python benchmarks/gpu.py [-o FILE] [--minutes 8] [--interpret]

Without a CUDA device it says so and ends with exit code 2. On one it

1. compares states and gradients of every kernel in float32 with a loop over dense matrices in float64;
2. measures the card: bytes a second of a copy, operations a second of a float32 product, seconds of a launch;
3. times a training step, forward and backward with one label a word, of every family against the floor, torch's loop,
   gather + bmm, `torch.compile` of that loop, and cuDNN's LSTM and GRU, the usual cell first, until the time is over;
4. trains one model and an ensemble there, and certifies the model on the CPU.

The floor is max(bytes / bandwidth, operations / rate) with what was measured in step 2: states are written once and
read once, letters read twice, and parameters read and their gradients written once; operations are those of forward, of
the chain backward and of the sums by letter. A short table comes last; FILE gets every figure, with the card's name.

`--interpret` runs the same functions at tiny sizes in Triton's interpreter on the CPU, for the tests; it shows no time.
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

STATES = 10
FAMILIES = ("full", "block", "rotation", "diagonal", "householder", "monomial")
REFLECTIONS = 2  # of householder; blocks have size 2
USUAL = (256, 5, 500, 64)  # hidden size, letters, length, words
GRID = ((64, 256, 1024), (5, 50, 120), (10, 500, 100_000), (64, 512, 4096))
LOOP = 500  # letters up to which torch loops over time
COMPILED = 10  # and up to which such a loop, which is unrolled, is compiled
SHARE = 0.6  # of the free memory that a cell may take
BUDGET = 0.25  # seconds for one figure, after one run to warm up; three runs at least
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Cell:
    """A place of the grid."""

    family: str
    hidden: int
    letters: int
    length: int
    words: int

    @property
    def step_operations(self) -> float:
        """Of one letter of one word: forward, the chain backward, and the sums by letter."""
        H = self.hidden
        product = {
            "full": 2 * H * H,
            "block": 4 * H,
            "rotation": 3 * H,
            "diagonal": H,
            "householder": 4 * REFLECTIONS * H,
            "monomial": 2 * H,
        }
        sums = 2 * H * H if self.family in ("full", "monomial") else product[self.family]
        return 2 * product[self.family] + sums + 10 * H  # normalised, forward and backward

    @property
    def parameters(self) -> float:
        """Numbers of all letters."""
        H = self.hidden
        a_letter = {"full": H * H, "block": 2 * H, "rotation": H / 2, "diagonal": H, "householder": REFLECTIONS * H}
        return self.letters * a_letter.get(self.family, H * H + H)

    @property
    def bytes(self) -> float:
        """That have to be moved."""
        places = self.words * self.length
        return 4 * 2 * places * self.hidden + 8 * 2 * places + 4 * 2 * self.parameters

    @property
    def operations(self) -> float:
        """That have to be done."""
        return self.words * self.length * self.step_operations

    @property
    def held(self) -> float:
        """Bytes that the kernels' scheme holds at a time: states, e, letters in two orders, parts of sums."""
        places = self.words * self.length
        return 4 * 2.5 * places * self.hidden + 8 * 5 * places + 4 * 8 * self.parameters


@dataclass
class Run:
    """Where it runs, how long it may, and what it found."""

    device: str
    interpret: bool
    end: float
    bandwidth: float = 0.0
    rate: float = 0.0
    launch: float = 0.0
    lines: list[str] = field(default_factory=list)
    times: dict[tuple[str, Cell], float] = field(default_factory=dict)  # by contender; of those that ran
    failed: list[str] = field(default_factory=list)

    @property
    def batching(self) -> str:
        """How models are asked for their kernel."""
        return "kernel" if self.interpret else "auto"

    def say(self, line: str = "") -> None:
        """Into the file, and to the screen."""
        self.lines.append(line)
        print(line, flush=True)


class Cudnn(nn.Module):
    """One-hot letters, cuDNN's LSTM or GRU, a linear readout."""

    def __init__(self, kind: str, letters: int, hidden: int) -> None:
        super().__init__()
        self.letters = letters
        self.network = (nn.LSTM if kind == "LSTM" else nn.GRU)(letters, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, STATES)

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.network(nn.functional.one_hot(x, self.letters).float())
        return self.readout(out[:, -1])


class Gathered(nn.Module):
    """One matrix for each word and step, multiplied by bmm, differentiated by autograd."""

    def __init__(self, letters: int, hidden: int) -> None:
        super().__init__()
        self.matrices = nn.Parameter(torch.randn(letters, hidden, hidden) / hidden**0.5)
        self.start = nn.Parameter(torch.randn(hidden))
        self.readout = nn.Linear(hidden, STATES)

    def forward(self, x: Tensor) -> Tensor:
        h = self.start.expand(len(x), -1)
        for letter in x.unbind(1):
            h = torch.bmm(self.matrices[letter], h.unsqueeze(-1)).squeeze(-1)
            h = h / h.norm(dim=-1, keepdim=True)
        return self.readout(h)


def model_of(cell: Cell, batching: str, device: str, dtype: torch.dtype = torch.float32) -> nn.Module:
    from bistate.models import BilinearRNN

    sizes = (cell.letters, cell.hidden, STATES, cell.family)
    options = {"block": 2, "reflections": REFLECTIONS, "batching": batching, "seed": 1}
    return BilinearRNN(*sizes, **options, device=device, dtype=dtype)


def words_of(cell: Cell, device: str) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(0)
    x = torch.randint(cell.letters, (cell.words, cell.length), generator=draw)
    return x.to(device), torch.randint(STATES, (cell.words,), generator=draw).to(device)


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


# 1. Right


def check(run: Run) -> None:
    """Every kernel against dense matrices in double precision."""
    run.say("| family | states apart | gradients apart | again, bit for bit |")
    run.say("|---|---|---|---|")
    size = (6, 3, 4, 3) if run.interpret else (64, 5, 50, 64)
    for family in FAMILIES:
        cell = Cell(family, *size)
        x, _ = words_of(cell, run.device)
        model = model_of(cell, "kernel", run.device)
        exact = model_of(cell, "auto", run.device, torch.float64)
        found, again = gradients(model, x, model(x, every=True)), gradients(model, x, model(x, every=True))
        expected = gradients(exact, x, by_matrices(exact, x))
        apart = [float((a.double() - b).abs().max() / b.abs().max()) for a, b in zip(found, expected, strict=True)]
        same = all(torch.equal(*pair) for pair in zip(found, again, strict=True))
        run.say(f"| {family} | {apart[0]:.1e} | {max(apart[1:]):.1e} | {'yes' if same else 'NO'} |")
        if max(apart) > TOLERANCE or not same:
            run.failed.append(family)


def by_matrices(model: nn.Module, x: Tensor) -> Tensor:
    A, h, scores = model.transitions(), model.initial(len(x)), []
    for letter in x.unbind(1):
        h = torch.einsum("bij,bj->bi", A[letter], h)
        h = h / h.norm(dim=1, keepdim=True)
        scores.append(h @ model.rows().t())
    return torch.stack(scores, 1)


def gradients(model: nn.Module, x: Tensor, scores: Tensor) -> list[Tensor]:
    """The scores, and the gradients of a number in which each has a weight of its own."""
    model.zero_grad()
    weight = torch.linspace(-1, 2, scores.numel(), dtype=torch.float64, device=x.device).view_as(scores)
    (weight.sin().to(scores.dtype) * scores).sum().backward()
    return [scores.detach(), *(p.grad.clone() for p in model.parameters())]


# 2. The card


def measure_card(run: Run) -> None:
    size = 1 << (12 if run.interpret else 27)
    n = 32 if run.interpret else 8192
    source, target = torch.zeros(size, device=run.device), torch.empty(size, device=run.device)
    run.bandwidth = 2 * 4 * size / seconds(run, lambda: target.copy_(source))
    a, b = (torch.randn(n, n, device=run.device) for _ in range(2))
    run.rate = 2 * n**3 / seconds(run, lambda: a @ b)
    small = torch.zeros(1, device=run.device)
    run.launch = seconds(run, lambda: [small.add_(1) for _ in range(1000)]) / 1000
    if not run.interpret:
        run.say(
            f"copies {run.bandwidth / 1e12:.2f} TB/s, float32 products {run.rate / 1e12:.1f} T operations/s, "
            f"a launch {run.launch * 1e6:.1f} µs"
        )


def seconds(run: Run, work: Callable[[], object]) -> float:
    """The median of some runs after one to warm up."""
    work()
    wait(run.device)
    found: list[float] = []
    begun = time.perf_counter()
    while len(found) < (1 if run.interpret else 3) or (
        not run.interpret and len(found) < 50 and time.perf_counter() - begun < BUDGET
    ):
        start = time.perf_counter()
        work()
        wait(run.device)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


# 3. How long


def cells(run: Run) -> Iterator[Cell]:
    """The usual cell, then those that differ from it in one way, then the others."""
    if run.interpret:
        yield from (Cell(family, 6, 2, 3, 2) for family in FAMILIES)
        return
    places = list(itertools.product(*GRID))
    places.sort(key=lambda place: sum(a != b for a, b in zip(place, USUAL, strict=True)))
    for place in places:
        for family in FAMILIES:
            yield Cell(family, *place)


def contenders(cell: Cell, run: Run) -> Iterator[tuple[str, Callable[[], nn.Module], float]]:
    """Name, what builds it, and the bytes it holds. What no family has a part in is made beside "full" alone."""
    yield "kernel", lambda: model_of(cell, "kernel", run.device), cell.held
    states = 4.0 * cell.words * cell.length * cell.hidden
    if cell.length <= LOOP:
        looped = {"full": "dense", "monomial": "dense", "householder": "auto"}.get(cell.family, "loop")
        wide = states * (2 + cell.letters / cell.length if looped == "dense" else 8)
        if cell.family != "householder":  # it has no other way on a CUDA device
            yield "loop", lambda: model_of(cell, looped, run.device), wide
    if cell.family != "full":
        return
    copies = states * cell.hidden
    if cell.length <= LOOP:
        yield "gather", lambda: Gathered(cell.letters, cell.hidden).to(run.device), 1.2 * copies
    usual = cell.letters == USUAL[1] and cell.words == USUAL[3]  # compiling takes half a minute
    if cell.length <= COMPILED and usual and not run.interpret:
        yield "compile", lambda: torch.compile(Gathered(cell.letters, cell.hidden).to(run.device)), 1.2 * copies
    hot = 4.0 * cell.words * cell.length * cell.letters
    for kind, gates in (("LSTM", 14), ("GRU", 12)):
        yield kind, lambda kind=kind: Cudnn(kind, cell.letters, cell.hidden).to(run.device), gates * states + 2 * hot


def time_all(run: Run) -> None:
    left_out = {"memory": 0, "time": 0}
    for cell in cells(run):
        for name, build, held in contenders(cell, run):
            if time.perf_counter() > run.end:
                left_out["time"] += 1
            elif run.device == "cuda" and held > SHARE * torch.cuda.mem_get_info()[0]:
                left_out["memory"] += 1
            else:
                try:
                    run.times[name, cell] = seconds(run, step_of(build(), cell, run.device))
                except torch.cuda.OutOfMemoryError:
                    left_out["memory"] += 1
        if run.device == "cuda":
            torch.cuda.empty_cache()
    if not run.interpret:
        write_times(run)
        run.say(f"left out: {left_out['memory']} for memory, {left_out['time']} as the time was over")


def step_of(model: nn.Module, cell: Cell, device: str) -> Callable[[], None]:
    from bistate.models.checks import known_letters

    x, y = words_of(cell, device)

    def step() -> None:
        model.zero_grad(set_to_none=True)
        with known_letters():
            nn.functional.cross_entropy(model(x), y).backward()

    return step


RIVALS = ("loop", "gather", "compile", "LSTM", "GRU")


def floor(run: Run, cell: Cell) -> float:
    return max(cell.bytes / run.bandwidth, cell.operations / run.rate)


def row(run: Run, cell: Cell) -> list[str]:
    """Milliseconds, times the floor, and how many times as long the others take."""
    mine = run.times["kernel", cell]
    alike = Cell("full", cell.hidden, cell.letters, cell.length, cell.words)
    others = [run.times.get((name, cell if name == "loop" else alike)) for name in RIVALS]
    ratios = ["" if other is None else f"{other / mine:.2f}" for other in others]
    place = [cell.family, *map(str, (cell.hidden, cell.letters, cell.length, cell.words))]
    return [*place, f"{mine * 1e3:.3f}", f"{mine / floor(run, cell):.1f}", *ratios]


HEADS = ("family", "hidden", "letters", "length", "words", "ms", "over floor", *(f"/{name}" for name in RIVALS))


def lines_of(rows: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in (HEADS, ["---"] * len(HEADS), *rows)]


def write_times(run: Run) -> None:
    """Into the file alone; the screen gets the short table at the end."""
    done = [cell for name, cell in run.times if name == "kernel"]
    done.sort(key=lambda c: (FAMILIES.index(c.family), c.hidden, c.letters, c.length, c.words))
    run.lines += ["", *lines_of([row(run, cell) for cell in done]), ""]


def short_table(run: Run) -> None:
    wanted = [Cell(family, *USUAL[:3], words) for words in (64, 4096) for family in FAMILIES]
    rows = [row(run, cell) for cell in wanted if ("kernel", cell) in run.times]
    print("\n" + "\n".join(lines_of(rows)))
    print("over floor: times the floor. /NAME: how many times as long NAME takes as the kernel.")


# 4. Training


def train_there(run: Run) -> None:
    """Train, load on the CPU, certify there."""
    from bistate.models import StateTracking, evaluate, load_network, save_model, train, usual_config
    from bistate.models.bilinear_rnn import BilinearRNN
    from bistate.models.training.ensemble import train_ensemble
    from bistate.theory import Automaton
    from bistate.verify import certify

    task = Automaton.modular_addition(3 if run.interpret else 5)
    count = len(task.letters)
    hidden, steps = (4, 1) if run.interpret else (64, 1500)
    small = {"batch": 2, "validate_size": 8, "settle_steps": 0, "restarts": 0} if run.interpret else {}
    lengths = (1, 2) if run.interpret else (2, 10)
    options = {"device": run.device, "batching": run.batching}
    there = StateTracking(task, lengths=lengths, device=run.device)
    model = BilinearRNN(count, hidden, count, **options)
    begun = time.perf_counter()
    train(model, there, usual_config("full", steps=steps, **small), progress=False)
    spent = time.perf_counter() - begun
    with tempfile.TemporaryDirectory() as folder:
        save_model(model, folder)
        loaded = load_network(folder)
    accuracy = evaluate(loaded, task, length=20 if run.interpret else 500)
    if not run.interpret:
        horizon = certify(loaded, task, arithmetic="float32").horizon
        run.say(f"C_5, full, hidden 64: {steps} steps in {spent:.1f} s there, settling included; loaded on the CPU:")
        run.say(f"accuracy {accuracy:.3f} at length 500, proved in float32 up to {horizon} letters")
    for models, width in ((2, 4),) if run.interpret else ((32, 16), (1000, 16)):
        many = [BilinearRNN(count, width, count, seed=seed, **options) for seed in range(models)]
        config = usual_config("full", steps=1 if run.interpret else 50, **{**small, "settle_steps": 0, "restarts": 0})
        begun = time.perf_counter()
        train_ensemble(many, there, [config] * models, progress=False)
        wait(run.device)
        if not run.interpret:
            each = (time.perf_counter() - begun) / 50
            run.say(f"an ensemble of {models} full models, hidden {width}: {each * 1e3:.2f} ms a step of all")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, help="Markdown file for every figure")
    parser.add_argument("--minutes", type=float, default=8.0, help="about how long all of it may take")
    parser.add_argument("--interpret", action="store_true", help="tiny sizes in Triton's interpreter, without times")
    given = parser.parse_args()
    if given.interpret:
        os.environ["TRITON_INTERPRET"] = "1"  # before triton is imported
    elif not torch.cuda.is_available():
        print(f"torch {torch.__version__} finds no CUDA device: nothing was measured", file=sys.stderr)
        return 2
    begun = time.perf_counter()
    # two minutes are kept for training, and a tenth for what is running when the time is over
    run = Run("cpu" if given.interpret else "cuda", given.interpret, begun + 60 * (0.9 * given.minutes - 2))
    name = "Triton's interpreter, on the CPU" if given.interpret else torch.cuda.get_device_name()
    run.say(f"# {name}")
    run.say(f"torch {torch.__version__}, CUDA {torch.version.cuda}, TF32 {torch.backends.cuda.matmul.allow_tf32}")
    for part in (check, measure_card, time_all, train_there):
        run.say()
        part(run)
    if given.output is not None:
        given.output.write_text("\n".join(run.lines) + "\n", encoding="utf-8")
    if given.interpret:
        print(f"{len(run.times)} contenders ran; the interpreter's times mean nothing")
    else:
        short_table(run)
        print(f"{time.perf_counter() - begun:.0f} s in all")
    for family in run.failed:
        print(f"WRONG: the kernel of {family}", file=sys.stderr)
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
