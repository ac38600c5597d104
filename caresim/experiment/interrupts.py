"""What Ctrl-C does while many replications run."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any, Self


class StopOnInterrupt:
    """The first Ctrl-C raises KeyboardInterrupt here, once; a second ends the program at once.

    With `hold` the first is only noted: whatever is at work goes on to its end. What begins within it, and
    does not hold, raises at once if it has come.
    """

    def __init__(self, *, hold: bool = False) -> None:
        self.came = False
        self.hold = hold
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._handle)
            outer = getattr(self._before, "__self__", None)
            if isinstance(outer, StopOnInterrupt) and outer.came and not self.hold:
                # It came while what is to run here was made ready, and was only noted: it is not lost.
                signal.signal(signal.SIGINT, self._before)
                raise KeyboardInterrupt
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        if self.came:
            os._exit(130)
        self.came = True
        if not self.hold:
            raise KeyboardInterrupt
