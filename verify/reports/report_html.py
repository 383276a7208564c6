"""The report as one HTML page, and which plots it holds."""

from __future__ import annotations

import base64
from collections.abc import Hashable, Iterable, Mapping, Sequence
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..comparison.comparison import Comparison
from .plots import accuracy_figure, eigenvalue_figure, matrix_figure, spectrum_figure

if TYPE_CHECKING:
    from .findings import Findings

HTML, JSON, SNAPPED = "report.html", "report.json", "snapped.json"
ACCURACY, SPECTRUM, EIGENVALUES, MATRICES = "accuracy.png", "spectrum.png", "eigenvalues.png", "matrices.png"
PLOTS = (ACCURACY, SPECTRUM, EIGENVALUES, MATRICES)
FILES = (HTML, JSON, SNAPPED, *PLOTS)
EIGENVALUE_LETTERS, MATRIX_LETTERS = 6, 3

CAPTIONS = {
    ACCURACY: "Share of random words whose state is named rightly after the last letter. "
    "Hidden states of a bilinear model are divided by their norm at every step, which changes no prediction.",
    SPECTRUM: "The mean hidden state of each true state is a function on the group; what varies in it splits by "
    "irreducible representation (left). Right: how far the learned transitions are from acting exactly as that irrep.",
    EIGENVALUES: "Grey: all eigenvalues of the learned matrix divided by its scale. Blue crosses: those on the part "
    "that carries the representation; they should sit in the red circles, the exact ones.",
    MATRICES: "The learned matrices, seen on the part that carries the representation, in its own basis.",
}

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#222;background:#fff;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0 0 1rem}h2{font-size:1.2rem;margin:2.2rem 0 .5rem}
.box{border:2px solid #009E73;border-left-width:12px;border-radius:6px;padding:1rem 1.2rem;background:#f3faf7}
.box.open{border-color:#D55E00;background:#fdf5f0}
.verdict{font-size:1.35rem;font-weight:700;margin:0 0 .6rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.6rem 1.4rem;margin:.6rem 0 0}
.facts div{border-top:1px solid #ccc;padding-top:.3rem}.facts b{display:block;font-size:1.2rem}
.facts span{color:#555;font-size:.9rem}
figure{margin:1rem 0}img{max-width:100%;height:auto}figcaption{color:#555;font-size:.92rem}
table{border-collapse:collapse;margin:.5rem 0 1rem;font-size:.95rem}
th,td{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #ddd;font-variant-numeric:tabular-nums}
th:first-child,td:first-child{text-align:left}thead th{border-bottom:2px solid #888}.wide{overflow-x:auto}
"""


def figures(findings: Findings) -> dict[str, Figure]:
    """The plots that the findings allow, by file name."""
    found = {ACCURACY: accuracy_figure(findings.curves, findings.chance, findings.trained, findings.words)}
    comparison = findings.comparison
    if comparison is None:
        return found
    found[SPECTRUM] = spectrum_figure(comparison.spectrum, comparison.residuals, comparison.learned)
    if comparison.used:
        found[EIGENVALUES] = _eigenvalues(comparison, findings.learned_transitions)
        chosen = shown_letters(comparison.exact, MATRIX_LETTERS)
        names = [f"letter\n{letter_name(comparison.automaton.letters[k])}" for k in chosen]
        found[MATRICES] = matrix_figure(comparison.aligned[chosen], comparison.exact[chosen], names)
    return found


def _eigenvalues(comparison: Comparison, transitions: NDArray[np.float64]) -> Figure:
    chosen = shown_letters(comparison.exact, EIGENVALUE_LETTERS)
    used = [comparison.intertwiners[label] for label in comparison.used]
    weights = [item.rho.degree for item in used]
    scales = np.average([item.scales for item in used], axis=0, weights=weights)  # (letters,), as in `align`
    return eigenvalue_figure(
        [np.linalg.eigvals(transitions[k] / scales[k]) for k in chosen],
        [np.linalg.eigvals(comparison.aligned[k]) for k in chosen],
        [np.linalg.eigvals(comparison.exact[k]) for k in chosen],
        [f"letter {letter_name(comparison.automaton.letters[k])}" for k in chosen],
    )


def shown_letters(exact: NDArray[np.float64], most: int) -> list[int]:
    """Positions of at most `most` letters, evenly spread, without those that act as the identity if others are left.

    Args:
        exact: ρ(x), (letters, d, d).
        most: how many.
    """
    moving = [k for k, matrix in enumerate(exact) if not np.allclose(matrix, np.eye(len(matrix)))]
    pool = moving or list(range(len(exact)))
    if len(pool) <= most:
        return pool
    return [pool[round(k)] for k in np.linspace(0, len(pool) - 1, most)]


def letter_name(letter: Hashable) -> str:
    """A letter as a person writes it: a permutation in cycles."""
    return str(letter)


def png(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG file."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def page(findings: Findings, images: Mapping[str, bytes]) -> str:
    """The whole page; images are embedded, nothing is loaded from elsewhere."""
    parts = [_headline(findings), *(_figure(name, images[name]) for name in PLOTS if name in images), _tables(findings)]
    title = escape(findings.title)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>bistate report: {title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head>\n'
        f"<body><h1>Trained model and exact weights: {title}</h1>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _headline(findings: Findings) -> str:
    """The box at the top: verdict and the figures that matter."""
    if findings.proved:
        assert findings.verdict is not None
        kind, verdict, detail = "", "Repaired and proved for words of every length", findings.verdict.reason
    elif findings.refusal:
        kind, verdict, detail = " open", "Not compared: no exact representation at hand", findings.refusal
    else:
        kind, verdict, detail = " open", "No exact repair found", findings.snap_refusal
    detail = detail[:1].upper() + detail[1:]
    facts = "".join(
        f"<div><b>{escape(value)}</b><span>{escape(name)}</span></div>" for name, value in facts_of(findings)
    )
    return (
        f'<section class="box{kind}"><p class="verdict">{escape(verdict)}</p><p>{escape(detail)}.</p>'
        f'<div class="facts">{facts}</div>{_defects(findings.comparison)}</section>'
    )


def _defects(comparison: Comparison | None) -> str:
    """How far the learned matrices are from a homomorphism, as a small table."""
    if comparison is None or not comparison.defects:
        return ""
    rows = [
        ["products, ‖B[x]B[y] − B[xy]‖, largest" if name == "product" else f"relation {name} = 1", number(value)]
        for name, value in comparison.defects.items()
    ]
    return table(["defect of the learned matrices", "relative size (0 = exact)"], rows)


def facts_of(findings: Findings) -> Iterable[tuple[str, str]]:
    """Name and value of the headline figures, in reading order."""
    yield "task", findings.title
    length = findings.headline
    learned, chance = findings.curves["learned"][length], findings.chance[length]
    yield f"learned: accuracy at length {length}", f"{learned:.3f} on uniform words, chance {chance:.3f}"
    yield (
        f"learned: accuracy at length {length}, balanced",
        "{:.3f} on balanced words, chance {:.3f}".format(*findings.balanced),
    )
    comparison = findings.comparison
    if comparison is not None:
        yield "group", f"{comparison.group} (order {comparison.group.order})"
        if comparison.part is not None:
            yield "compared: the part of the task that letters permute", comparison.part.description
        yield "irreps learned", " + ".join(comparison.learned) or "none"
        yield "copies of irreps in the hidden space", _copies(comparison)
        yield "told apart by the hidden states", comparison.tracked
        yield "aligned distance, learned to exact", number(comparison.aligned_distance)
        if comparison.nearest is not None:
            yield "distance to the nearest true representation", number(comparison.nearest.distance)
        if comparison.angles:
            yield "smallest angle, signal to remainder", f"{comparison.angles[0]:.1f}°"
        yield "state share: what varies, explained by the state", f"{comparison.state_share:.1%}"
        yield "constant: energy that all states share", f"{comparison.constant_share:.1%}"
    if findings.snapped is not None:
        longest = max(findings.curves["snapped"])
        yield f"snapped: accuracy at length {longest}", f"{findings.curves['snapped'][longest]:.3f}"
        yield "snapped: hidden size", f"{findings.snapped.hidden_size}"


def _copies(comparison: Comparison) -> str:
    """For example 2 × [2,1] + 1 × [1,1,1]; a question mark for what is not resolved."""
    counts = {label: found.copies for label, found in comparison.multiplicities.items()}
    shown = [f"{'?' if n is None else n} × {label}" for label, n in counts.items() if n != 0]
    return " + ".join(shown) or "none"


def number(value: float) -> str:
    """Three digits, or words for what is no number."""
    return f"{value:.3g}" if np.isfinite(value) else "none"


def _figure(name: str, data: bytes) -> str:
    source = base64.b64encode(data).decode()
    caption = escape(CAPTIONS[name])
    return (
        f'<figure><img alt="{caption}" src="data:image/png;base64,{source}"><figcaption>{caption}</figcaption></figure>'
    )


def _tables(findings: Findings) -> str:
    names = list(findings.curves)
    rows = [
        [f"{n:,}".replace(",", " "), *(f"{findings.curves[name][n]:.3f}" for name in names), f"{chance:.3f}"]
        for n, chance in findings.chance.items()
    ]
    found = [
        f"<h2>Accuracy by length ({findings.words} uniform random words)</h2>",
        table(["length", *names, "chance"], rows),
    ]
    if findings.comparison is not None:
        found += _comparison_tables(findings.comparison)
    found.append("<h2>Exact weights</h2>")
    weights = [("snapped", findings.snapped), ("exact", findings.exact)]
    cells = [[n, w.rung, f"{w.hidden_size}", f"{w.blocks}", w.note] for n, w in weights if w is not None]
    return "\n".join([*found, table(["weights", "rung", "hidden", "blocks", "from"], cells)])


def _comparison_tables(comparison: Comparison) -> list[str]:
    spectrum = [
        [label, f"{share:.2%}", number(comparison.residuals[label]), "yes" if label in comparison.learned else "no"]
        for label, share in comparison.spectrum.items()
    ]
    found = ["<h2>Irrep spectrum</h2>", table(["irrep", "share", "residual", "learned"], spectrum)]
    if comparison.used:
        letters = zip(comparison.automaton.letters, comparison.letter_distances, strict=True)
        found += [
            "<h2>Distance from exact, by letter</h2>",
            table(["letter", "relative distance"], [[letter_name(x), number(d)] for x, d in letters]),
        ]
    return found


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An HTML table of texts."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
