"""Reports: files, self-containedness, no half-written folders, and the figures in them."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, evaluate
from bistate.models.tasks.word_laws import chance_levels
from bistate.theory import BilinearWeights, realize
from bistate.verify import ReportError, accuracy_curve, gather, parse_task, report, write_report
from bistate.verify.reports import plots, report_folder, report_html
from bistate.verify.reports.findings import Findings, exact_weights
from bistate.verify.reports.report_html import FILES, facts_of, png, shown_letters

SHORT = (1, 10, 60)


def exact_model(name: str) -> BilinearRNN:
    return BilinearRNN.from_weights(realize(parse_task(name), rung="block"))


@pytest.fixture(scope="module")
def findings() -> Findings:
    return gather(exact_model("S3"), parse_task("S3"), title="S3 & <more>", lengths=SHORT, words=40, trained=(2, 10))


class Page(HTMLParser):
    """Tags, and every address that a browser would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "data", "action")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_report_is_whole_and_self_contained(tmp_path: Path) -> None:
    automaton = parse_task("S3")
    other = BilinearRNN(6, 8, 6, seed=0)
    found = report(
        exact_model("S3"), automaton, tmp_path / "deep" / "r", others={"untrained": other}, lengths=SHORT, words=40
    )
    assert found.path == tmp_path / "deep" / "r" / "report.html"
    assert sorted(p.name for p in found.path.parent.iterdir()) == sorted(FILES)
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["r"]
    html = found.path.read_text(encoding="utf-8")
    page = Page(html)
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert page.tags.count("img") == 4
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert not re.search(r"https?://|url\(|@import", html)
    assert "proved for words of every length" in page.text
    assert "untrained" in page.text
    for name in ("accuracy.png", "spectrum.png", "eigenvalues.png", "matrices.png"):
        assert (found.path.parent / name).read_bytes().startswith(b"\x89PNG")
    data = json.loads((found.path.parent / "report.json").read_text())
    assert data["proved"] is True
    assert data["accuracy"]["learned"] == {"1": 1.0, "10": 1.0, "60": 1.0}
    assert BilinearWeights.load(found.path.parent / "snapped.json").prove(automaton).proved


def test_an_older_report_is_replaced(findings: Findings, tmp_path: Path) -> None:
    first = write_report(findings, tmp_path / "r")
    first.write_text("old")
    assert write_report(findings, tmp_path / "r").read_text() != "old"
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_other_files_are_not_touched(findings: Findings, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(ReportError, match=r"holds 'thesis.tex', which no report wrote"):
        write_report(findings, tmp_path)
    with pytest.raises(ReportError, match=r"thesis.tex' is a file"):
        write_report(findings, tmp_path / "thesis.tex")
    with pytest.raises(ReportError, match="cannot write the report"):
        write_report(findings, tmp_path / "thesis.tex" / "r")
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_failure_in_the_middle_leaves_nothing(
    findings: Findings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, older: bool, error: BaseException
) -> None:
    if older:
        write_report(findings, tmp_path / "r").write_text("old")

    def fail(*_: object) -> str:
        assert len(list(tmp_path.glob(".r.*/*.png"))) == 4  # the plots are there already
        raise error

    monkeypatch.setattr(report_folder, "page", fail)
    with pytest.raises(type(error)):
        write_report(findings, tmp_path / "r")
    assert [p.name for p in tmp_path.iterdir()] == (["r"] if older else [])
    if older:
        assert (tmp_path / "r" / "report.html").read_text() == "old"


def test_texts_are_escaped(findings: Findings) -> None:
    html = report_html.page(findings, {})
    assert "S3 &amp; &lt;more&gt;" in html
    assert "<more>" not in html


def test_headline_facts(findings: Findings) -> None:
    facts = dict(facts_of(findings))
    assert facts["task"] == "S3 & <more>"
    assert facts["group"] == "S3 (order 6)"
    assert facts["irreps learned"] == "[2,1]"
    assert facts["learned: accuracy at length 60"] == "1.000 on uniform words, chance 0.167"
    assert facts["learned: accuracy at length 60, balanced"] == "1.000 on balanced words, chance 0.167"
    assert float(facts["aligned distance, learned to exact"]) < 1e-6


def test_a_model_without_repair_gets_a_report_that_says_so(tmp_path: Path) -> None:
    found = report(BilinearRNN(6, 8, 6, seed=0), parse_task("S3"), tmp_path / "r", lengths=SHORT, words=20)
    assert not found.findings.proved
    assert "No exact repair found" in found.path.read_text()
    assert not (tmp_path / "r" / "snapped.json").exists()
    assert "snapped" not in found.findings.curves


def test_a_task_without_group_gets_accuracies_only(tmp_path: Path) -> None:
    automaton = parse_task("regex:(ab)*")
    model = BilinearRNN.from_weights(realize(automaton, rung="full"))
    found = report(model, automaton, tmp_path / "r", lengths=SHORT, words=20)
    assert "letters generate no group" in found.findings.refusal
    assert found.findings.curves["learned"] == found.findings.curves["exact"] == dict.fromkeys(SHORT, 1.0)
    assert Page(found.path.read_text()).tags.count("img") == 1


# --- the numbers ---


def test_the_curve_is_evaluate_at_its_longest_length() -> None:
    automaton, model = parse_task("S3"), BilinearRNN(6, 8, 6, seed=0)
    curve = accuracy_curve(model, automaton, (3, 50), words=300)
    assert list(curve) == [3, 50]
    assert curve[50] == pytest.approx(evaluate(model, automaton, 50, size=300))


def test_the_curve_reads_prefixes() -> None:
    """By hand: the words of length 7, cut after 3 letters."""
    from bistate.models import word_pieces

    automaton, model = parse_task("C3"), BilinearRNN(3, 4, 3, seed=1)
    words = torch.cat([x for x, _ in word_pieces(automaton, 100, 7, 0, torch.device("cpu"))], 1)
    truth = automaton.run_batch(words[:, :3].numpy())
    guess = model(words[:, :3]).argmax(-1).numpy()
    assert accuracy_curve(model, automaton, (3, 7), words=100)[3] == pytest.approx((guess == truth).mean())


@pytest.mark.parametrize("lengths", [(), (0, 5)])
def test_lengths_have_to_be_positive(lengths: tuple[int, ...]) -> None:
    with pytest.raises(ReportError, match="lengths="):
        accuracy_curve(exact_model("C3"), parse_task("C3"), lengths)


def test_chance_levels() -> None:
    assert chance_levels(parse_task("C5"), (1, 500)) == {1: pytest.approx(0.2), 500: pytest.approx(0.2)}
    ab = chance_levels(parse_task("regex:(ab)*"), (1, 2))  # after two letters: the dead state in 3 of 4 words
    assert ab == {1: 0.5, 2: 0.75}


def test_exact_weights_fall_back_to_one_unit_per_state() -> None:
    assert exact_weights(parse_task("S3")).rung == "block"
    assert exact_weights(parse_task("regex:(ab)*")).rung == "full"


def test_shown_letters_leave_the_identity_out() -> None:
    one, turn = np.eye(2), np.array([[0.0, -1], [1, 0]])
    assert shown_letters(np.array([one, turn, turn]), 3) == [1, 2]
    assert shown_letters(np.array([one, one]), 3) == [0, 1]
    assert shown_letters(np.array([turn] * 9), 3) == [0, 4, 8]


# --- the plots ---


def test_every_plot_draws_what_it_is_given() -> None:
    curves = {"learned": {1: 1.0, 100: 0.4}, "exact": {1: 1.0, 100: 1.0}}
    figure = plots.accuracy_figure(curves, {1: 0.2, 100: 0.2}, (2, 10), 50)
    lines = {line.get_label(): line.get_ydata() for line in figure.axes[0].lines}
    assert list(lines["learned"]) == [1.0, 0.4]
    assert list(lines["chance"]) == [0.2, 0.2]
    assert figure.axes[0].get_xscale() == "log"
    assert figure.axes[0].get_xlabel()
    assert figure.axes[0].get_ylabel()


def test_many_irreps_end_in_one_bar() -> None:
    shares = {f"rot{k}": 0.01 * k for k in range(1, 14)} | {f"x{k}": 0.001 for k in range(90)}
    figure = plots.spectrum_figure(shares, dict.fromkeys(shares, 1e-9), ["rot13"], most=5)
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["rot10", "rot11", "rot12", "rot13", "99 others"]
    widths = [patch.get_width() for patch in figure.axes[0].patches]
    assert sum(widths) == pytest.approx(sum(shares.values()))


@pytest.mark.parametrize("degree", [1, 2, 12])
def test_matrix_and_eigenvalue_plots_render(degree: int) -> None:
    draw = np.random.default_rng(0)
    learned = draw.normal(size=(4, degree, degree))
    exact = learned + 1e-3
    names = ["a", "b", "c", "d"]
    figure = plots.matrix_figure(learned, exact, names)
    images = [axes.images[0] for axes in figure.axes if axes.images]
    assert len(images) == 12
    assert images[0].get_clim() == images[1].get_clim()
    assert np.allclose(images[2].get_array(), -1e-3)
    values = [np.linalg.eigvals(m) for m in learned]
    assert png(plots.eigenvalue_figure(values, values, values, names)).startswith(b"\x89PNG")
    assert png(figure) == png(plots.matrix_figure(learned, exact, names))  # nothing depends on time or global state
