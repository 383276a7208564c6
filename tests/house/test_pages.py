"""The code blocks of README.md and docs/*.md run, in order, and print what the page says.

    ```pycon     a doctest with ELLIPSIS; one namespace for the whole page
    ```python    executed in the same namespace; its output is not compared
    ```console   each `$ bistate …` is run and its output compared; a line `...` stands for any number of lines, and
                 `...` inside a line for any text

A page runs in an empty folder of its own, so that a later block may read what an earlier one wrote. On the line
before a block, `<!-- not run: reason -->` skips it, reported with the reason, and `<!-- exit: 1 -->` states the exit
code of its commands. Other languages, and other commands than `bistate`, are not looked at.
"""

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from helpers.paths import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
RUN_LANGUAGES = ("pycon", "python", "console")
FENCE = re.compile(r"^ {0,3}```\s*(\w*)[^`]*$")
DIRECTIVE = re.compile(r"^\s*<!--\s*(not run|exit):\s*(.*?)\s*-->\s*$")

Shell = Callable[[list[str], Path], tuple[int, str]]


class BlockError(AssertionError):
    """A code block does not do what the page says; the message names the page and the line."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, the line number of its first line counted from 1, its language and text."""

    page: Path
    line: int
    language: str
    text: str
    not_run: str | None = None
    exit_code: int = 0

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    number, directives = 0, dict[str, str]()
    while number < len(lines):
        fence = FENCE.match(lines[number])
        directive = DIRECTIVE.match(lines[number])
        if fence:
            end = _end_of_block(page, lines, number + 1)
            text = "".join(f"{line}\n" for line in lines[number + 1 : end])
            code = int(directives.get("exit", "0"))
            yield Block(page, number + 2, fence[1], text, directives.get("not run"), code)
            number, directives = end, {}
        elif directive:
            directives[directive[1]] = directive[2]
        elif lines[number].strip():
            directives = {}
        number += 1


def _end_of_block(page: Path, lines: list[str], first: int) -> int:
    for number in range(first, len(lines)):
        if lines[number].strip() == "```":
            return number
    raise BlockError(f"{page.name}:{first}: this block is never closed")


def run_page(page: Path, folder: Path, shell: Shell) -> int:
    """Run the blocks of a page in `folder`, which is the working directory already; return how many were run."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    runnable = [block for block in blocks(page) if block.language in RUN_LANGUAGES and block.not_run is None]
    for block in runnable:
        if block.language == "pycon":
            _run_pycon(block, namespace)
        elif block.language == "python":
            _run_python(block, namespace)
        else:
            _run_console(block, folder, shell)
    return len(runnable)


def _run_pycon(block: Block, namespace: dict[str, Any]) -> None:
    test = doctest.DocTestParser().get_doctest(block.text, namespace, str(block), str(block.page), block.line - 1)
    if not test.examples:
        raise BlockError(f"{block}: this pycon block has no line that starts with >>>")
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    report: list[str] = []
    runner.run(test, out=report.append, clear_globs=False)
    namespace.update(test.globs)
    if runner.failures:
        raise BlockError(f"{block}:\n{''.join(report)}")


def _run_python(block: Block, namespace: dict[str, Any]) -> None:
    code = compile("\n" * (block.line - 1) + block.text, str(block.page), "exec")
    try:
        with redirect_stdout(StringIO()):
            exec(code, namespace)
    except Exception as error:
        raise BlockError(f"{block}: this python block raised {type(error).__name__}: {error}") from error


def commands(block: Block) -> Iterator[tuple[list[str], str]]:
    """The commands of a console block as argument lists, with the text below each."""
    head, *sessions = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    if head.strip() or not sessions:
        raise BlockError(f"{block}: a console block starts with a line `$ command`")
    for session in sessions:
        line, _, output = session.replace("\\\n", " ").partition("\n")
        yield shlex.split(line, comments=True), output


def _run_console(block: Block, folder: Path, shell: Shell) -> None:
    for arguments, expected in commands(block):
        if not arguments or arguments[0] != "bistate":
            continue
        code, output = shell(arguments, folder)
        if code != block.exit_code:
            raise BlockError(
                f"{block}: {shlex.join(arguments)} gave exit code {code}, not {block.exit_code}:\n{output}"
            )
        if not same_output(expected, output):
            raise BlockError(f"{block}: {shlex.join(arguments)}\n--- expected\n{expected}--- printed\n{output}")


def same_output(expected: str, output: str) -> bool:
    """Whether the output is the expected one; blanks at the end of lines and of the text do not count."""
    wanted = [line.rstrip() for line in expected.rstrip().splitlines()]
    printed = "".join(f"{line.rstrip()}\n" for line in output.rstrip().splitlines())
    pattern = "".join(r"(?:.*\n)*" if line.strip() == "..." else _line_pattern(line) for line in wanted)
    return re.fullmatch(pattern, printed) is not None


def _line_pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("...")) + r"\n"


def run_bistate(arguments: list[str], folder: Path) -> tuple[int, str]:
    """Run the command line in a process of its own: exit code and standard output, with the errors if it failed."""
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "bistate.verify.cli", *arguments[1:]]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=240)
    return run.returncode, run.stdout + (run.stderr if run.returncode else "")


# --- the pages ---


def not_run_blocks() -> list[Any]:
    found = [block for page in PAGES if page.exists() for block in blocks(page) if block.not_run is not None]
    return [pytest.param(block, id=str(block)) for block in found]


def test_the_readme_exists_and_shows_code() -> None:
    readme = ROOT / "README.md"
    assert readme.exists(), "README.md is the front page: write it"
    assert {block.language for block in blocks(readme)} & set(RUN_LANGUAGES)


@pytest.mark.parametrize("page", [page for page in PAGES if page.exists()], ids=lambda page: page.name)
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(page, tmp_path, run_bistate)


@pytest.mark.parametrize("block", not_run_blocks())
def test_block_that_is_not_run(block: Block) -> None:
    pytest.skip(f"{block} {block.not_run}")


# --- the extractor itself, on planted pages ---


def planted(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


def no_shell(arguments: list[str], folder: Path) -> tuple[int, str]:
    raise AssertionError(f"nothing should be run, but {arguments} was")


def test_blocks_share_one_namespace_and_run_in_order(tmp_path: Path) -> None:
    text = "# Page\n\n```python\nx = 20\nprint(x)\n```\ntext\n\n```pycon\n>>> y = x + 1\n>>> y\n21\n```\n"
    text += "```python\nassert y == 21\n```\n```sh title=x\nfalse\n```\n"
    text += "```pycon\n>>> list(range(y))\n[0, 1, ..., 20]\n```\n"
    page = planted(tmp_path, text)
    assert [(block.language, block.line) for block in blocks(page)] == [
        ("python", 4),
        ("pycon", 10),
        ("python", 15),
        ("sh", 18),
        ("pycon", 21),
    ]
    assert run_page(page, tmp_path, no_shell) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```pycon\n>>> 1 + 1\n3\n```\n", "page.md:2"),
        ("text\n```pycon\n>>> 1 + 1\n```\n", "page.md:3"),
        ("```pycon\n>>> undefined\n1\n```\n", "NameError"),
        ("```pycon\nno prompt\n```\n", "no line that starts with >>>"),
        ("```python\nassert 1 == 2\n```\n", "page.md:2: this python block raised AssertionError"),
        ("```pycon\n>>> 1\n1\n", "page.md:1: this block is never closed"),
        ("```console\nbistate group S3\n```\n", "starts with a line"),
    ],
)
def test_a_wrong_block_fails(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BlockError, match=re.escape(message)):
        run_page(planted(tmp_path, text), tmp_path, no_shell)


def echo(arguments: list[str], folder: Path) -> tuple[int, str]:
    """A stand-in for the command line: prints its arguments, one a line; `fail` gives exit code 1."""
    return int("fail" in arguments), "".join(f"{argument}\n" for argument in arguments[1:])


@pytest.mark.parametrize(
    ("expected", "right"),
    [
        ("one\ntwo 2.5 s\nthree\n", True),
        ("one\n...\nthree\n", True),
        ("...\n", True),
        ("one\ntwo ... s\nthree\n", True),
        ("one  \ntwo 2.5 s\n...\nthree\n\n", True),
        ("one\nthree\n", False),
        ("one\ntwo 2x5 s\nthree\n", False),
        ("one\n...\nfour\n", False),
        ("one\n", False),
        ("one ... three\n", False),
        ("", False),
    ],
)
def test_console_output_is_compared(tmp_path: Path, expected: str, right: bool) -> None:
    page = planted(
        tmp_path, f"```console\n$ make demo\n$ bistate one 'two 2.5 s' \\\n    three  # why\n{expected}```\n"
    )
    if right:
        assert run_page(page, tmp_path, echo) == 1
    else:
        with pytest.raises(BlockError, match=r"page\.md:2: bistate one"):
            run_page(page, tmp_path, echo)


@pytest.mark.parametrize(
    ("directive", "right"), [("<!-- exit: 1 -->\n\n", True), ("", False), ("<!-- exit: 2 -->\n", False)]
)
def test_exit_codes_are_compared(tmp_path: Path, directive: str, right: bool) -> None:
    page = planted(tmp_path, f"{directive}```console\n$ bistate fail\nfail\n```\n")
    if right:
        assert run_page(page, tmp_path, echo) == 1
    else:
        with pytest.raises(BlockError, match="exit code 1, not"):
            run_page(page, tmp_path, echo)


def test_a_block_that_is_not_run_says_why(tmp_path: Path) -> None:
    text = "<!-- not run: takes an hour -->\n\n```python\n1 / 0\n```\n```python\nx = 1\n```\n"
    text += "<!-- not run: forgotten -->\nwords in between\n```python\nx = 2\n```\n"
    page = planted(tmp_path, text)
    assert [block.not_run for block in blocks(page)] == ["takes an hour", None, None]
    assert run_page(page, tmp_path, no_shell) == 2


def test_the_real_command_line_is_run(tmp_path: Path) -> None:
    code, output = run_bistate(["bistate", "--help"], tmp_path)
    assert code == 0, output
    assert "demo" in output
