"""Plots of a comparison: pure functions from arrays to matplotlib figures, without pyplot and its global state.

Colours are those of Okabe and Ito, which colour-blind readers can tell apart; markers and line styles differ too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

BLACK, ORANGE, SKY, GREEN, BLUE, RED, PURPLE = (
    "#222222",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
GREY = "#8A8A8A"
STYLES = ((BLUE, "o", "-"), (RED, "s", "--"), (GREEN, "^", ":"), (PURPLE, "D", "-."), (ORANGE, "v", "--"))
DPI = 150
ANNOTATE_UP_TO = 4  # degree up to which matrix entries are written into their cells


def accuracy_figure(
    curves: Mapping[str, Mapping[int, float]],
    chance: Mapping[int, float],
    trained: tuple[int, int] | None = None,
    words: int | None = None,
) -> Figure:
    """Accuracy at the last letter against word length, one line per model, chance level as a line.

    Args:
        curves: for each model {length: accuracy}.
        chance: {length: accuracy of the best constant answer}.
        trained: shortest and longest training word, shaded.
        words: number of random words per length, for the title.
    """
    figure, axes = _figure(7.2, 4.3)
    if trained is not None:
        low, high = trained
        axes.axvspan(low, high, color=GREY, alpha=0.18, lw=0)
        axes.text(np.sqrt(max(low, 1) * high), 0.03, "training\nlengths", ha="center", fontsize=8.5, color="#555555")
    axes.plot(list(chance), list(chance.values()), color=GREY, ls=(0, (2, 2)), lw=1.5, label="chance")
    _curves(axes, curves)
    axes.set_xscale("log")
    axes.set_ylim(-0.03, 1.06)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", " ")))
    axes.set_xlabel("word length (letters, log scale)")
    axes.set_ylabel("right answers after the last letter")
    axes.set_title("Accuracy against word length" + (f" ({words} random words)" if words else ""), loc="left")
    axes.grid(alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure


def _curves(axes: Any, curves: Mapping[str, Mapping[int, float]]) -> None:
    """Lines that lie on top of each other stay visible: the first is the widest, at the back."""
    for k, ((name, points), (color, marker, line)) in enumerate(zip(curves.items(), cycle(STYLES), strict=False)):
        width, size = max(4.5 - 1.3 * k, 1.4), max(9.0 - 1.8 * k, 4.0)
        axes.plot(
            list(points), list(points.values()), color=color, ls=line, lw=width, marker=marker, ms=size, label=name
        )


def spectrum_figure(
    shares: Mapping[str, float], residuals: Mapping[str, float], learned: Sequence[str], most: int = 16
) -> Figure:
    """Irrep spectrum as bars, and beside it how far each irrep is from an exact one.

    Args:
        shares: share of the energy per irrep.
        residuals: intertwiner residual per irrep.
        learned: irreps that count as learned, drawn in colour.
        most: show this many irreps, strongest first; the rest is one bar.
    """
    names, rest = _strongest(shares, most)
    labels = names + ([f"{len(rest)} others"] if rest else [])
    values = [shares[name] for name in names] + ([sum(shares[name] for name in rest)] if rest else [])
    figure = Figure(figsize=(7.2, 1.5 + 0.36 * max(len(labels), 3)), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.5, 1))
    colors = [BLUE if name in learned else "#BBBBBB" for name in labels]
    places = np.arange(len(labels))
    left.barh(places, values, color=colors, height=0.7)
    for place, value in zip(places, values, strict=True):
        left.text(value + 0.015, place, f"{value:.1%}", va="center", fontsize=9)
    left.set_yticks(places, labels)
    left.invert_yaxis()
    left.set_xlim(0, 1.18)
    left.set_xticks([0, 0.25, 0.5, 0.75, 1.0])
    left.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    left.set_xlabel("share of what varies in the signal")
    left.set_title("What was learned: irrep spectrum", loc="left")
    left.set_ylabel("irreducible representation")
    _residual_bars(right, [residuals[name] for name in names], colors)
    return figure


def _strongest(shares: Mapping[str, float], most: int) -> tuple[list[str], list[str]]:
    if len(shares) <= most:
        return list(shares), []
    order = sorted(shares, key=lambda name: -shares[name])
    chosen = set(order[: most - 1])
    return [name for name in shares if name in chosen], [name for name in shares if name not in chosen]


def _residual_bars(axes: Any, residuals: Sequence[float], colors: Sequence[str]) -> None:
    floor = 10.0 ** min(-4, np.floor(np.log10(max(min(residuals), 1e-17))))
    for place, (value, color) in enumerate(zip(residuals, colors, strict=False)):
        axes.plot([floor, max(value, floor)], [place, place], color=color, lw=2)
        axes.plot([max(value, floor)], [place], "o", color=color, ms=7)
        axes.text(max(value, floor) * 1.7, place, f"{value:.2g}", va="center", fontsize=9)
    axes.axvline(1, color=RED, ls="--", lw=1.2)
    axes.set_xscale("log")
    axes.set_xlim(floor, 60)
    axes.xaxis.set_major_locator(FixedLocator([10.0**k for k in range(int(np.log10(floor)), 1, _decades(floor))]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("relative residual\n(0 exact, dashed: absent)")
    axes.set_title("Distance from exact", loc="left")


def _decades(floor: float) -> int:
    return max(1, round(-np.log10(floor) / 4))


def eigenvalue_figure(
    all_learned: Sequence[Complexes], aligned: Sequence[Complexes], exact: Sequence[Complexes], names: Sequence[str]
) -> Figure:
    """Eigenvalues of some letters in the complex plane, with the unit circle.

    Args:
        all_learned: for each letter the eigenvalues of A[x] / a_x, (hidden,).
        aligned: for each letter those of the learned matrix on the image of the intertwiner, (d,).
        exact: for each letter those of ρ(x), (d,).
        names: the letters.
    """
    columns = 2 if len(names) == 4 else min(len(names), 3)
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(2.6 * columns + 0.2, 2.75 * rows + 0.9), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    grid = np.atleast_1d(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)).ravel()
    angle = np.linspace(0, 2 * np.pi, 200)
    for axes, everything, near, goal, name in zip(grid, all_learned, aligned, exact, names, strict=False):
        axes.plot(np.cos(angle), np.sin(angle), color=GREY, lw=1)
        axes.plot(everything.real, everything.imag, ".", color=GREY, ms=4.5, label="learned, all of A[x]/a")
        axes.plot(goal.real, goal.imag, "o", mfc="none", mec=RED, ms=13, mew=1.8, label="exact ρ(x)")
        axes.plot(near.real, near.imag, "x", color=BLUE, ms=7, mew=2, label="learned, aligned with ρ")
        axes.set_title(name, fontsize=10)
        axes.set_aspect("equal")
        axes.set_xlim(-1.35, 1.35)
        axes.set_ylim(-1.35, 1.35)
        axes.set_xticks([-1, 0, 1])
        axes.set_yticks([-1, 0, 1])
        axes.grid(alpha=0.3)
    for axes in grid[len(names) :]:
        axes.set_visible(False)
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3 if columns > 2 else 1, frameon=False, fontsize=9)
    figure.suptitle("Eigenvalues of each letter, unit circle in grey", x=0.01, ha="left", fontsize=11)
    for k, axes in enumerate(grid[: len(names)]):
        if k + columns >= len(names):
            axes.set_xlabel("real part", fontsize=9)
            axes.tick_params(labelbottom=True)
        if k % columns == 0:
            axes.set_ylabel("imaginary part", fontsize=9)
    return figure


def matrix_figure(learned: Floats, exact: Floats, names: Sequence[str]) -> Figure:
    """Learned and exact matrices after alignment, and their difference: one row per letter.

    Learned and exact share one colour scale, symmetric about 0. The differences share another one, written at its bar.

    Args:
        learned: S⁺ A[x] S / a_x, (letters, d, d).
        exact: ρ(x) in the same basis, (letters, d, d).
        names: the letters.
    """
    rows, degree = len(names), exact.shape[1]
    side = min(2.1, 1.15 + 0.22 * degree)
    figure = Figure(figsize=(7.2, side * rows + 0.75), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, 3, squeeze=False)
    difference = learned - exact
    scale = max(1.0, float(np.abs(exact).max()), float(np.abs(learned).max()))
    small = max(float(np.abs(difference).max()), 1e-16)
    for k, name in enumerate(names):
        shown = _heat(grid[k, 0], learned[k], scale, "RdBu_r", "{:.3f}")
        _heat(grid[k, 1], exact[k], scale, "RdBu_r", "{:.3f}")
        gap = _heat(grid[k, 2], difference[k], small, "PuOr_r", "{:.0e}")
        grid[k, 0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
    for axes, title in zip(grid[0], ("learned, aligned", "exact ρ(x)", "difference"), strict=True):
        axes.set_title(title, fontsize=11)
    figure.colorbar(shown, ax=grid[:, 1], label="entry", fraction=0.05, shrink=0.9)
    figure.colorbar(
        gap, ax=grid[:, 2], label=f"difference (scale ±{small:.1g})", fraction=0.05, shrink=0.9, format="%.0e"
    )
    return figure


def _heat(axes: Any, matrix: Floats, scale: float, colors: str, numbers: str) -> Any:
    image = axes.imshow(matrix, cmap=colors, vmin=-scale, vmax=scale)
    axes.set_xticks([])
    axes.set_yticks([])
    if len(matrix) <= ANNOTATE_UP_TO:
        for (i, j), value in np.ndenumerate(matrix):
            dark = abs(value) > 0.6 * scale
            text = numbers.format(value).replace("-0.000", "0.000")
            axes.text(j, i, text, ha="center", va="center", fontsize=7.5, color="white" if dark else BLACK)
    return image


def _figure(width: float, height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots()
