"""Settling: the last step of training, which turns a representation that is nearly exact into one that is exact.

Words of ten letters are right long before the matrices are. What is left is small, and words hardly show it: two
parts of the state that grow apart by a thousandth a letter differ by a hundredth after ten letters, and one of them is
gone after 5000. With a code v_q for every state one letter shows it. Settling minimises

    E(θ, v) = mean over states q and letters x of ‖ A[x] v_q / ‖A[x] v_q‖ − v_δ(q,x) ‖²,    ‖v_q‖ = 1,

over the transitions θ and the codes v together, from the mean directions of the trained hidden states.

E = 0 exactly if every letter takes the ray of a state's code to that of the next state's: A[x] v_q = λ v_δ(q,x), λ > 0.
With h_0 = v_(start), the hidden state after any word w is then a positive multiple of the code of the state after w
(induction on the letters), so that a readout which is right on the codes is right on all words. Where states are not
divided by their norm, λ is held at 1: the first norm in E is left out. So it is for rotations and reflections, whose
matrices stretch nothing: with λ = 1 no other part of the state can outgrow the codes.

Where a code loses its label on the way, the readout is fitted to the codes again.

E is smooth and has no noise, so L-BFGS minimises it, in double precision. What the codes do not reach stays as it
was trained. `bistate.verify.certify` says up to which length the rounded weights are proved right.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...theory.automata.automaton import Automaton
from ..bilinear_rnn import BilinearRNN
from ..clean_up.codes import codes_of
from ..errors import ModelError, TrainingError
from ..tasks.batches import Batch, Batches
from ..tasks.task import StateTracking
from ..tasks.word_laws import OF_ACCEPTED
from .accuracy import batch_accuracy, check_fit

PIECE = 20  # steps of L-BFGS between looks at what they have come to
SCALE = 1e4  # of E in the search, whose line search ends at differences of 1e-9
HISTORY = 100  # steps that its picture of the curvature is made from
ENOUGH = 1e-4  # the largest distance at which codes count as settled; some at 3e-4 were wrong at 5000 letters
READING, SMOOTHING = 100, 0.1  # steps of a readout that has to be fitted again, and its label smoothing
MOST_EDGES = 50_000  # pairs of a state and a letter: 0.3 s a step and 3 GB for 223 letters and 64 hidden units


@dataclass(frozen=True)
class Settled:
    """What settling came to.

    Attributes:
        before: the largest ‖A[x] v_q / ‖·‖ − v_δ(q,x)‖ of the codes that it began with.
        after: the largest one at the end, in double precision.
        steps: steps of L-BFGS.
        taken: whether the model has the settled weights. If not, it is as it was: the distances did not become small,
            or two codes with other labels became one.
    """

    before: float
    after: float
    steps: int
    taken: bool


def settle(
    model: BilinearRNN,
    automaton: Automaton,
    steps: int = 1000,
    edges: NDArray[np.bool_] | None = None,
    seed: int = 0,
    callback: Callable[[int, float], object] | None = None,
) -> Settled:
    """Move the transitions and the start of a trained model, in place, so that every state has one code.

    Args:
        model: trained on the task, and right on its short words.
        automaton: the task.
        steps: most steps of L-BFGS; it ends earlier once rounding to the model's numbers is all that is left.
        edges: (states, letters), which letters of which states matter; the others have to lead to states from which
            no word comes back to these. None: all.
        seed: of the random words whose states the codes begin with.
        callback: called with the steps done and the largest distance, now and then.

    Returns:
        A `Settled`.

    Raises:
        ModelError: for another kind of model, additive terms, or one that does not fit the task.
        TrainingError: for more than 50 000 pairs of a state and a letter.

    Example:
        >>> from bistate.models import BilinearRNN, StateTracking, evaluate, train, usual_config
        >>> parity = Automaton.parity()
        >>> model = BilinearRNN(letters=2, hidden=8, states=2)
        >>> run = train(model, StateTracking(parity), usual_config("full", steps=300, settle_steps=0))
        >>> found = settle(model, parity)
        >>> found.taken, found.after < 1e-7 < found.before, evaluate(model, parity, length=10_000, size=100)
        (True, True, 1.0)
    """
    if not isinstance(model, BilinearRNN) or model.additive:
        what = "a BilinearRNN with additive terms" if isinstance(model, BilinearRNN) else type(model).__name__
        raise ModelError(f"settling takes a BilinearRNN without additive terms, got {what}")
    check_fit(model, automaton)
    places = np.nonzero(np.ones_like(automaton.table, dtype=bool) if edges is None else edges)
    if len(places[0]) > MOST_EDGES:
        raise TrainingError(
            f"{len(automaton.states)} states and {len(automaton.letters)} letters have {len(places[0])} pairs; "
            f"settling looks at {MOST_EDGES} at most"
        )
    codes = torch.from_numpy(codes_of(model.linear(), automaton, seed))
    used = np.union1d(places[0], automaton.table[places])
    if not bool(codes[used].isfinite().all() and codes[used].any(dim=1).all()):
        return Settled(math.inf, math.inf, 0, False)
    work = copy.deepcopy(model).to("cpu", torch.float64).requires_grad_(True)
    work.family.saturate()
    labels = torch.from_numpy(np.array(automaton.label_indices))
    search = _Search(work, codes, automaton, places)
    right = search.right(labels)
    finest = float(torch.finfo(model.start.dtype).eps) / 16  # what rounding to the model's numbers hides
    mean, before = search.measured()
    found, last, done = before, math.inf, 0
    while done < steps and found > finest and mean < last:  # a NaN ends it too
        search.go_on(min(PIECE, steps - done))
        done += min(PIECE, steps - done)
        last, (mean, found) = mean, search.measured()
        if callback is not None:
            callback(done, found)
    if not found <= ENOUGH:
        return Settled(before, found, done, False)
    kept = right[used]
    if not search.right(labels)[used][kept].all():
        search.read_again(labels, torch.from_numpy(used))
        if not search.right(labels)[used][kept].all():
            return Settled(before, found, done, False)
    with torch.no_grad():
        work.start.copy_(search.unit_codes()[automaton.start_index] * (1.0 if model.normalize else work.start.norm()))
        model.load_state_dict({name: value.to(model.start.dtype) for name, value in work.state_dict().items()})
    return Settled(before, found, done, True)


def settle_trained(
    model: nn.Module,
    task: Batches,
    held_out: list[Batch],
    steps: int,
    callback: Callable[[int, float], object] | None = None,
) -> Settled | None:
    """The end of a training: `settle` where that is possible, taken back if fewer of the held-out words are right.

    Args:
        model: trained on the task.
        task: its task.
        held_out: words and labels.
        steps: see `settle`.
        callback: see `settle`.

    Returns:
        None where there is nothing to settle: another kind of model, a table of words, or too many pairs of a state and
        a letter.
    """
    if not (isinstance(model, BilinearRNN) and isinstance(task, StateTracking)) or model.additive or not steps:
        return None
    automaton = task.automaton
    if automaton.table.size > MOST_EDGES:
        return None
    before = {name: value.clone() for name, value in model.state_dict().items()}
    right = batch_accuracy(model, held_out)
    edges = co_accepted(automaton) if task.words in OF_ACCEPTED else None
    found = settle(model, automaton, steps, edges, callback=callback)
    if found.taken and batch_accuracy(model, held_out) < right:
        model.load_state_dict(before)
        return replace(found, taken=False)
    return found


def co_accepted(automaton: Automaton) -> NDArray[np.bool_]:
    """The letters of each state after which an accepting state can still be reached: (states, letters)."""
    live = np.isin(np.arange(len(automaton.states)), [automaton.state_index(q) for q in automaton.accepting or ()])
    while True:
        more = live | live[automaton.table].any(axis=1)
        if (more == live).all():
            break
        live = more
    return np.asarray(live[automaton.table] & live[:, None])


class _Search:
    """E over codes and transitions of a copy in double precision."""

    def __init__(
        self, model: BilinearRNN, codes: Tensor, automaton: Automaton, places: tuple[NDArray[np.int64], ...]
    ) -> None:
        self.model, self.codes = model, nn.Parameter(codes)
        self.states, self.letters = (torch.from_numpy(np.array(place)) for place in places)
        self.next = torch.from_numpy(np.array(automaton.table))[self.states, self.letters]
        self.holds_norms = not model.normalize or model.family.contracting
        self.steps = torch.optim.LBFGS(
            [self.codes, *model.family.parameters()],
            max_iter=PIECE,
            max_eval=3 * PIECE,
            history_size=HISTORY,
            line_search_fn="strong_wolfe",
            tolerance_grad=0.0,
            tolerance_change=0.0,
        )

    def unit_codes(self) -> Tensor:
        """The codes over their norms, (states, hidden)."""
        return nn.functional.normalize(self.codes.detach(), dim=-1)

    def right(self, labels: Tensor) -> Tensor:
        """Whether the readout gives a code the label of its state, (states,)."""
        return (self.unit_codes() @ self.model.rows().detach().t()).argmax(-1) == labels

    def read_again(self, labels: Tensor, used: Tensor) -> None:
        """Fit the readout to the codes, by cross-entropy with smoothed labels: convex, from the readout there is."""
        codes, model = self.unit_codes()[used], self.model
        fit = torch.optim.LBFGS([model.readout], max_iter=READING, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            fit.zero_grad()
            value = nn.functional.cross_entropy(codes @ model.rows().t(), labels[used], label_smoothing=SMOOTHING)
            value.backward()
            return value

        fit.step(loss)

    def defects(self) -> Tensor:
        """A[x] v_q / ‖·‖ − v_δ(q,x) of all pairs, (pairs, hidden)."""
        codes = nn.functional.normalize(self.codes, dim=-1)
        moved = (self.model.transitions() @ codes.t()).permute(2, 0, 1)  # (states, letters, hidden)
        moved = moved[self.states, self.letters]
        if not self.holds_norms:
            moved = nn.functional.normalize(moved, dim=-1)
        return moved - codes[self.next]

    @torch.no_grad()
    def measured(self) -> tuple[float, float]:
        """E, and the largest ‖A[x] v_q / ‖·‖ − v_δ(q,x)‖."""
        squares = self.defects().square().sum(-1)
        return float(squares.mean()), float(squares.max().sqrt())

    def go_on(self, steps: int) -> None:
        """So many steps more."""
        self.steps.param_groups[0].update(max_iter=steps, max_eval=3 * steps)

        def loss() -> Tensor:
            self.steps.zero_grad()
            value = SCALE * self.defects().square().sum(-1).mean()
            value.backward()
            return value

        self.steps.step(loss)
