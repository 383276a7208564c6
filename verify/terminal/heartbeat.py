"""Lines on standard error every ten seconds, for commands that run where there is no terminal."""

from __future__ import annotations

import sys
import threading
import time

PAUSE = 10.0  # seconds


class Heartbeat:
    """Say what is done and for how long, from a thread of its own, until the block ends.

    Args:
        what: is done, at first.
        pause: seconds between two lines.
    """

    def __init__(self, what: str, pause: float = PAUSE) -> None:
        self.what, self.pause = what, pause
        self._over = threading.Event()
        self._begun = time.monotonic()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def tell(self, what: str) -> None:
        """Say something else from now on."""
        self.what = what

    def __enter__(self) -> Heartbeat:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(self.pause):
            passed = round(time.monotonic() - self._begun)
            print(f"bistate: {' '.join(self.what.split())}: {passed} s so far", file=sys.stderr, flush=True)
