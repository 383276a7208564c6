"""How a process of the command line ends: crashes, full disks, closed pipes, Ctrl-C; always one line, no traceback."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bistate.verify.cli import main
from bistate.verify.terminal import endings
from bistate.verify.terminal.heartbeat import Heartbeat

START = [sys.executable, "-m", "bistate.verify.cli"]


# --- in this process: the exit code of an error ---


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyError("x"), 3, "crashed, which is a fault of bistate: KeyError: 'x'"),
        (RecursionError("maximum recursion depth"), 3, "nested too deeply"),
        (MemoryError(), 3, "not enough memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 12 bytes"), 3, "not enough memory: DefaultCPU"),
        (OSError(errno.ENOSPC, "No space left on device", "x.json"), 3, "No space left on device: x.json"),
        (OSError(errno.EMFILE, "Too many open files"), 3, "Too many open files"),
        (PermissionError(errno.EACCES, "Permission denied", "x.json"), 2, "Permission denied: x.json"),
        (ValueError("two\nlines"), 3, "ValueError: two lines"),
    ],
)
def test_an_error_in_a_command(
    error: Exception, code: int, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("bistate.verify.cli.group_command.named_group", fail)
    assert main(["group", "S3"]) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), err.startswith("bistate: ")) == ("", 1, True)
    assert said in err


def test_a_crash_says_where(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bistate.verify.cli.group_command.group_facts", lambda *_: {}["lost"])
    assert main(["group", "S3"]) == 3
    assert "line" in (err := capsys.readouterr().err)
    assert "Traceback" not in err


def test_a_heartbeat_tells_what_is_done_and_stops(capsys: pytest.CaptureFixture[str]) -> None:
    told = ""
    with Heartbeat("first", pause=0.01) as beat:
        for what in ("first", "second"):
            beat.tell(what)
            end = time.monotonic() + 10
            while f"bistate: {what}: " not in told and time.monotonic() < end:
                time.sleep(0.01)
                told += capsys.readouterr().err
    assert told.startswith("bistate: first: 0 s so far\n")
    assert "bistate: second: " in told
    beat.thread.join(5)
    assert not beat.thread.is_alive()


def test_a_signal_handler_of_another_program_stays() -> None:
    before = signal.getsignal(signal.SIGINT)
    with endings.interruptible():
        assert signal.getsignal(signal.SIGINT) is before
    assert main(["--version"]) == 0
    assert signal.getsignal(signal.SIGINT) is before


# --- in processes of their own ---


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of bash in which BISTATE is the command."""
    text = command.replace("BISTATE", " ".join(START))
    return subprocess.run(["bash", "-c", text], cwd=folder, capture_output=True, text=True, timeout=120)


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    done = shell("BISTATE tasks | head -1; echo ${PIPESTATUS[0]}", tmp_path)
    first, code = done.stdout.splitlines()
    assert (first.split()[0], code, done.stderr) == ("task", "0", "")
    done = shell("BISTATE nonsense 2>&1 >/dev/null | true; echo ${PIPESTATUS[0]}", tmp_path)
    assert (done.stdout, done.stderr) == ("2\n", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_ends_with_3(tmp_path: Path) -> None:
    done = shell("BISTATE --version > /dev/full; echo $?", tmp_path)
    assert done.stdout == "3\n"
    assert done.stderr.startswith("bistate: No space left on device")
    assert done.stderr.count("\n") == 1


def test_an_output_without_our_signs_is_written_with_escapes(tmp_path: Path) -> None:
    done = shell("PYTHONIOENCODING=ascii BISTATE group Q8", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u22121 quaternionic" in done.stdout


def interrupted(arguments: list[str], after: float, folder: Path) -> tuple[int, str]:
    """The exit code of a command that gets Ctrl-C some seconds after our code has begun, and what it said."""
    code = f"print('begun', flush=True); import sys; sys.argv = ['bistate', *{arguments!r}]\n"
    code += "from bistate.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1].decode()
    return process.returncode, said


@pytest.mark.parametrize("after", [0.15, 0.4, 1.5])
def test_ctrl_c_ends_with_130_while_modules_are_loaded_and_later(after: float, tmp_path: Path) -> None:
    code, said = interrupted(["build", "S7", "-o", "s7.json"], after, tmp_path)
    assert code == 130, said
    assert said.startswith("bistate: interrupted")
    assert said.count("\n") == 1
    assert os.listdir(tmp_path) == []


def test_the_signal_of_a_background_job_is_left_alone(tmp_path: Path) -> None:
    """Under nohup, and in scripts with `&`, Ctrl-C is ignored from the start; then the command runs to its end."""
    done = shell("trap '' INT; BISTATE --version & sleep 0.05; kill -INT $!; wait $!; echo $?", tmp_path)
    assert done.stdout.split()[0] == "bistate"
    assert done.stdout.split()[-1] == "0"
