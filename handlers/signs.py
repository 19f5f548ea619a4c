"""Messages of signs only: a thumb, flowers, an angry face, the emoticons of WeChat ([强], [流泪])."""

from __future__ import annotations

import re

GLAD, UPSET = "glad", "upset"
_GLAD = frozenset("🙏🌹💐👍👌😊😄😁🙂😀🤝❤💕💗🎉✅☺👏💪🌷🥰😘")
_UPSET = frozenset("😡😠🤬😤💢😭😢😞😫😩😱🙄👎💔😰😨")
_EMOTICON = re.compile(r"\[([^\[\]]{1,4})\]")
_GLAD_WORDS = frozenset("强 OK ok 好的 抱拳 玫瑰 愉快 微笑 鼓掌 爱心 握手 胜利 合十 呲牙 憨笑 点赞".split())
_UPSET_WORDS = frozenset("流泪 大哭 发怒 抓狂 难过 撇嘴 衰 咒骂 快哭了 惊恐 弱 裂开 苦涩 叹气".split())


def read_sign(text: str) -> str | None:
    """Glad or upset; None for words, and for signs that say neither."""
    words = _EMOTICON.findall(text)
    rest = [c for c in _EMOTICON.sub("", text) if not c.isspace() and c not in "\ufe0f\u200d!！~。.?？"]
    rest = [c for c in rest if not "\U0001f3fb" <= c <= "\U0001f3ff"]
    if (not words and not rest) or any(c.isalnum() for c in rest):
        return None
    if any(c in _UPSET for c in rest) or any(word in _UPSET_WORDS for word in words):
        return UPSET
    known = all(c in _GLAD for c in rest) and all(word in _GLAD_WORDS for word in words)
    return GLAD if known else None
