"""When a visit can be: nobody comes to mend a lamp at three in the morning, and no such time is promised."""

from __future__ import annotations

from datetime import time

from handlers.context import Context
from nlp import Wish

FROM, UNTIL = time(7), time(21, 30)


def untimely(ctx: Context, wish: Wish | None) -> bool:
    """Whether the wished time begins in the night."""
    if wish is None or wish.start is None or wish.end is None:
        return False
    begins = wish.start.astimezone(ctx.rules.zone).time()
    return begins < FROM or begins > UNTIL
