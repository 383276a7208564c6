"""The process of a command: Ctrl-C while modules are loaded, readers that close their pipe, the last flush.

Nothing here is about a command; `commands.main` runs one inside another program and leaves all this alone.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any

from .leaving import CRASH, leave, say


def run(load: Callable[[], Callable[[], int]]) -> int:
    """Run the command line on the arguments of this process, and end quietly; its exit code.

    Args:
        load: imports the command line and gives its `main`; here, so that Ctrl-C is answered meanwhile.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # one that is ignored stays so, as under nohup
        signal.signal(signal.SIGINT, leave)
        sys.unraisablehook = _unraisable
    streams = Output(sys.stdout), Output(sys.stderr)
    sys.stdout, sys.stderr = streams
    warnings.showwarning = _warn
    code = load()()
    # From here on all is done and said: Ctrl-C while modules are taken down changes nothing.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    for stream in streams:
        try:
            stream.flush()
        except OSError as error:
            stream.give_up()
            code = CRASH
            say(f"bistate: {error.strerror}: the output is not complete\n".encode())
    return code


def _warn(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    """A warning of the library, in one line and without the place in its source."""
    sys.stderr.write(f"bistate: warning: {' '.join(str(message).split())}\n")


def _unraisable(what: Any) -> None:
    """An error in a callback, which nobody can catch: an interruption is tried again, a moment later."""
    if isinstance(what.exc_value, KeyboardInterrupt):
        from threading import Timer

        again = Timer(0.02, signal.raise_signal, [signal.SIGINT])
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(what)


class Output:
    """Standard output or error that goes on in silence once the reader has closed the pipe, as `head` does.

    The command then runs to its end: files that it writes are wanted, whoever reads along.

    Args:
        stream: the text stream that is written to.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        if hasattr(stream, "reconfigure"):  # a minus sign under a locale without one, an odd byte in a file's name
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write a text."""
        try:
            return int(self._stream.write(text))
        except BrokenPipeError:
            self.give_up()
            return len(text)

    def flush(self) -> None:
        """Pass on what has been written."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            self.give_up()

    def give_up(self) -> None:
        """Write to nowhere from now on, what is still held back included."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> Output:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.flush()
