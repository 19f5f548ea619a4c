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


def _end_with_the_demo() -> None:
    while True:
        try:
            if not os.read(0, 1024):
                break
        except InterruptedError:
            continue
        except OSError:
            break
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LONGEST_GOODBYE)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_demo, name="demo watch", daemon=True).start()
    from bot.cli import main

    sys.argv[0] = "guanjia"
    main()
