"""A process of the demo: the command of that name, which ends when the demo is gone, however it went.

The demo holds the other end of our standard input. The system closes it when the demo dies, also by ``kill -9``.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

LONGEST_GOODBYE = 12.0
"""Seconds for an orderly end without the demo; after that by force."""
LAST_BREATH = 2.0
"""Seconds that the demo has for letting go of everything, once it is dying."""


def _end_with_the_demo(demo: int) -> None:
    while True:
        try:
            if not os.read(0, 1024):
                break
        except InterruptedError:
            continue
        except OSError:
            break
    # The pipe closes while the demo still dies, milliseconds before it lets go of the stores. Who leaves them meanwhile
    # takes it for a user of theirs, and nobody stops them. We have another parent once it has let go of all.
    deadline = time.monotonic() + LAST_BREATH
    while os.getppid() == demo and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LONGEST_GOODBYE)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_demo, args=(os.getppid(),), name="demo watch", daemon=True).start()
    from bot.cli import main

    sys.argv[0] = "guanjia"
    main()
