"""Reading A[x] and b[x] off a function `step(h, x)`, by pushing basis vectors through it.

A step is affine in the state if step(h, x) = A[x] h + b[x]; then b[x] = step(0, x) and column j of A[x] is
(step(s e_j, x) − b[x]) / s, s a power of two of about the size of b[x], if that is above 1: else A[x] would be lost in
the rounding of b[x]. Whether it is affine is checked on random states: a function that is not is refused with the
letter, the state and the defect, and so is one that answers differently when it is asked twice (dropout, a cache). The
check looks at finitely many states, so it refutes and does not prove: claims made afterwards are about the arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from .errors import ModelError

Step = Callable[[Tensor, Tensor], Tensor]
Letter = int | tuple[int, ...]  # or a window of letters
Floats = NDArray[Any]  # of float64
CHECKED = 8  # random states per letter, in three sizes
SIZES = (1.0, 1e-2, 1e2)  # a function that is affine near 0 alone, or far from it alone, is found
DEFECT = 1e-9  # of the size of what is compared: rounding in double precision, for up to some thousands of units
FARTHEST = 1000  # binary digits before the point of a state that is pushed through
BATCH = 4096  # states pushed through at once


@dataclass(frozen=True, eq=False)
class AffineMap:
    """Matrices and offsets that were read off, real: a complex unit is its real part, then its imaginary one.

    Attributes:
        A: (letters, out, width).
        b: (letters, out).
        defect: the largest defect found, relative to the size of what was compared.
    """

    A: Floats
    b: Floats
    defect: float


@dataclass(frozen=True)
class Shape:
    """How states of a user's step are flattened to real vectors.

    Attributes:
        shape: of one state.
        is_complex: whether its entries are.
    """

    shape: tuple[int, ...]
    is_complex: bool

    @property
    def width(self) -> int:
        """Real numbers in a state."""
        return math.prod(self.shape) * (2 if self.is_complex else 1)

    @classmethod
    def of(cls, state: Tensor) -> Shape:
        """Of one state."""
        return cls(tuple(state.shape), state.is_complex())

    def flat(self, states: Tensor) -> Tensor:
        """(batch, …) → (batch, width), in double precision."""
        rows = states.reshape(len(states), math.prod(self.shape))
        if self.is_complex:
            rows = torch.view_as_real(rows.to(torch.complex128)).flatten(1)
        return rows.double()

    def shaped(self, rows: Tensor) -> Tensor:
        """(batch, width) → (batch, …)."""
        if self.is_complex:
            rows = torch.view_as_complex(rows.reshape(len(rows), -1, 2))
        return rows.reshape(len(rows), *self.shape)


def affine_map(
    step: Step, letters: int | Sequence[Letter], state: Tensor, out: Shape | None = None, what: str = "step"
) -> AffineMap:
    """A[x] and b[x] of a function that is affine in the state.

    Args:
        step: states (batch, …) and letters (batch,) to states, or scores, (batch, …).
        letters: number of letters; or the letters themselves, which may be windows of several.
        state: one state, for its shape and whether it is complex; double precision is used.
        out: the shape of one result; None: that of a state.
        what: its name in messages.

    Raises:
        ModelError: if it is not affine, not the same when asked twice, not finite, or gives another shape.
    """
    inside = Shape.of(state)
    outside = out or inside
    if not inside.width:
        raise ModelError(f"a state of shape {inside.shape} holds no number")
    call = _checked(step, inside, outside, what)
    width, each = inside.width, range(letters) if isinstance(letters, int) else letters
    zero = torch.zeros(1, width, dtype=torch.float64, device=state.device)
    with torch.no_grad():
        b = torch.cat([call(zero, x) for x in each])  # (letters, out)
        eye = torch.eye(width, dtype=torch.float64, device=state.device)
        far = [_far(offset) for offset in b]
        moved = [
            torch.cat([call(rows * size, x) for rows in eye.split(BATCH)]) for x, size in zip(each, far, strict=True)
        ]
        A = torch.stack([(rows - b[k]) / far[k] for k, rows in enumerate(moved)])
        for name, values in (("A", A), ("b", b)):
            if not values.isfinite().all():
                wrong = values[~values.isfinite()][0].item()
                raise ModelError(f"{what}(h, x) gives numbers that are not finite: {name} has {wrong}")
        defect = _require_affine(call, each, A, b, far, what)
    return AffineMap(A.transpose(1, 2).numpy(force=True).copy(), b.numpy(force=True).copy(), defect)


def asked(step: Callable[..., Any], states: Tensor, x: Letter, what: str) -> Any:
    """What a function of states (batch, …) and letters gives for one letter, or window, whatever it is.

    Raises:
        ModelError: if it raises an error of its own.
    """
    letter = torch.tensor(x, dtype=torch.long, device=states.device)
    letters = letter.expand(len(states), *letter.shape).clone()
    try:
        with torch.no_grad():
            return step(states.clone(), letters)  # it may write into them
    except (RuntimeError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"{what}(h, x) fails on states of shape {tuple(states.shape)} in double precision, {_called(x)}: {said}; a "
            "module has to be in double precision as well: module.double()"
        ) from error


def _checked(step: Step, inside: Shape, outside: Shape, what: str) -> Callable[[Tensor, Letter], Tensor]:
    """The step on flat states and one letter, with its result checked for shape."""

    def call(rows: Tensor, x: Letter) -> Tensor:
        result = asked(step, inside.shaped(rows), x, what)
        expected = (len(rows), *outside.shape)
        if not isinstance(result, Tensor) or tuple(result.shape) != expected:
            shown = tuple(result.shape) if isinstance(result, Tensor) else type(result).__name__
            raise ModelError(
                f"{what}(h, x) has to give a tensor of shape {expected} for states of shape "
                f"{(len(rows), *inside.shape)}, got {shown}"
            )
        if result.is_complex() and not outside.is_complex:
            wanted = "scores are compared, so give real ones" if inside.is_complex else "pass a complex start"
            raise ModelError(f"{what}(h, x) gives complex numbers; {wanted}")
        if not outside.is_complex and not result.is_floating_point():
            raise ModelError(f"{what}(h, x) has to give floats, got {result.dtype}")
        return outside.flat(result.to(torch.complex128) if outside.is_complex else result)

    return call


def _far(offset: Tensor) -> float:
    """A power of two, 1 at least, at which a unit vector is not lost beside an offset."""
    size = float(offset.abs().max())
    return 2.0 ** min(max(math.frexp(size)[1], 0), FARTHEST) if math.isfinite(size) else 1.0


def _called(x: Letter) -> str:
    """A letter, or a window, as messages call it."""
    return f"letter {x}" if isinstance(x, int) else f"the letters {x}"


def _require_affine(
    call: Callable[[Tensor, Letter], Tensor], each: Sequence[Letter], A: Tensor, b: Tensor, far: list[float], what: str
) -> float:
    """The largest defect on random states; refuse a function that is not affine, or not the same twice."""
    width = A.shape[1]
    generator = torch.Generator(device="cpu").manual_seed(0)
    worst = 0.0
    for k, x in enumerate(each):
        for size in dict.fromkeys((*SIZES, far[k])):
            h = torch.randn(CHECKED, width, generator=generator, dtype=torch.float64).to(A.device) * size
            got, again, expected = call(h, x), call(h, x), h @ A[k] + b[k]
            if not torch.equal(got.isnan(), again.isnan()) or not torch.equal(got.nan_to_num(), again.nan_to_num()):
                raise ModelError(
                    f"{what}(h, x) gives another result when it is asked again, for {_called(x)}: dropout that is left "
                    "on, or a state of its own (a cache); use eval(), and make the result depend on h and x alone"
                )
            scale = h.abs() @ A[k].abs() + b[k].abs() + torch.finfo(torch.float64).tiny  # what rounding is relative to
            defect = ((got - expected).abs() / scale.amax(dim=1, keepdim=True)).amax(dim=1)
            at = int(defect.nan_to_num(math.inf).argmax())
            found = float(defect[at])
            if not found <= DEFECT:
                shown = ", ".join(f"{float(v):.3g}" for v in h[at][:4]) + (", …" if width > 4 else "")
                raise ModelError(
                    f"{what}(h, x) is not affine in h: for {_called(x)} and the state ({shown}) it is off A[x] h + "
                    f"b[x] by {found:.2g} of its size, and {DEFECT:.0e} is allowed"
                )
            worst = max(worst, found)
    return worst
