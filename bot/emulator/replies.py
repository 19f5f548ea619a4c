"""Reads what comes back from a push and decides, as the platform does, whether it is an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree import ElementTree

from bot.emulator.config import App, Mode
from bot.emulator.crypto import BadEnvelope, decrypt, same, sign
from bot.emulator.pushes import Push

TEXT_BYTES = 2048
"""A passive text may have so many bytes of UTF-8."""
ONE_ARTICLE = {"text", "image", "voice", "video", "shortvideo", "link", "location"}
"""In answer to these, news has one article (since 12 October 2018); after other triggers up to eight."""
COMMON = ("ToUserName", "FromUserName", "CreateTime", "MsgType")
BODY: dict[str, tuple[str, ...]] = {
    "text": ("Content",),
    "image": ("Image",),
    "voice": ("Voice",),
    "video": ("Video",),
    "music": ("Music",),
    "news": ("ArticleCount", "Articles"),
    "transfer_customer_service": ("TransInfo",),
}


@dataclass
class Answer:
    """What an answer says, and everything that is wrong with it."""

    kind: str = "invalid"
    """``success``, ``empty``, a message type, or ``invalid``."""
    text: str = ""
    media_id: str | None = None
    articles: list[dict[str, str]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str | None:
        """What the user reads of it; None for an answer without content."""
        return self.text if self.kind not in ("success", "empty", "invalid", "transfer_customer_service") else None


def read_answer(
    app: App, push: Push, openid: str, nonce: str, body: bytes, media_exists: Callable[[str], bool]
) -> Answer:
    """Check the body that came with status 200."""
    if body == b"success":
        return Answer(kind="success")
    if not body:
        return Answer(kind="empty")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return Answer(reasons=["the answer is not UTF-8"])
    if app.data_format == "json" or app.kind == "miniprogram":
        return Answer(reasons=["a mini-program takes only success or an empty body here"])
    if text.strip() in ("success", '"success"'):
        return Answer(reasons=["success must come without quotes, spaces or line breaks"])
    if text.lstrip().startswith("{"):
        return Answer(reasons=["the answer is JSON; an official account answers in XML"])
    root, reasons = _parse(text)
    if root is None:
        return Answer(reasons=reasons)
    if app.mode is Mode.SAFE or (app.mode is Mode.COMPATIBLE and root.find("Encrypt") is not None):
        inner, reasons = _open(app, root, nonce)
        if inner is None:
            return Answer(reasons=reasons)
        root, reasons = _parse(inner)
        if root is None:
            return Answer(reasons=[f"inside the envelope: {reason}" for reason in reasons])
    elif root.find("Encrypt") is not None:
        return Answer(reasons=["the answer is encrypted, but the account is in plaintext mode"])
    return _message(root, app, push, openid, media_exists)


def _parse(text: str) -> tuple[ElementTree.Element | None, list[str]]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None, ["the answer has a document type"]
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - no document type, see above
    except ElementTree.ParseError as error:
        return None, [f"the answer is not well-formed XML: {error}"]
    if root.tag != "xml":
        return None, [f"the root element is <{root.tag}>, not <xml>"]
    return root, []


def _open(app: App, root: ElementTree.Element, nonce: str) -> tuple[str | None, list[str]]:
    values = {name: root.findtext(name) for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")}
    missing = [name for name, value in values.items() if not value]
    if missing:
        where = "safe mode wants an encrypted answer" if "Encrypt" in missing else "the envelope is incomplete"
        return None, [f"{where}: {', '.join(missing)} missing"]
    encrypted, signature, timestamp, its_nonce = (str(value) for value in values.values())
    reasons = []
    if not timestamp.isdigit():
        reasons.append(f"TimeStamp {timestamp!r} is not a number")
    if its_nonce != nonce:
        reasons.append(f"Nonce is {its_nonce!r}, the push had {nonce!r}")
    if not same(signature, sign(app.token, timestamp, its_nonce, encrypted)):
        reasons.append("MsgSignature is wrong")
    try:
        message = decrypt(encrypted, app.aes_key, app.app_id).decode("utf-8")
    except BadEnvelope as error:
        return None, reasons + error.reasons
    except UnicodeDecodeError:
        return None, [*reasons, "the decrypted answer is not UTF-8"]
    return (None, reasons) if reasons else (message, [])


def _message(
    root: ElementTree.Element, app: App, push: Push, openid: str, media_exists: Callable[[str], bool]
) -> Answer:
    names = [child.tag for child in root]
    reasons = [f"<{name}> is there {names.count(name)} times" for name in sorted(set(names)) if names.count(name) > 1]
    reasons += [f"<{name}> is missing" for name in COMMON if name not in names]
    kind = root.findtext("MsgType") or ""
    if root.findtext("ToUserName") != openid:
        reasons.append("ToUserName is not the openid of the user: To and From must be swapped")
    if root.findtext("FromUserName") != app.original_id:
        reasons.append("FromUserName is not the account's original id: To and From must be swapped")
    if not (root.findtext("CreateTime") or "").isdigit():
        reasons.append("CreateTime is not a number of seconds")
    if kind not in BODY:
        reasons.append(f"MsgType {kind!r} is not one of {', '.join(BODY)}")
        return Answer(reasons=reasons)
    reasons += [f"<{name}> does not belong to a {kind} answer" for name in names if name not in COMMON + BODY[kind]]
    answer = Answer(kind=kind)
    if kind == "text":
        answer.text = root.findtext("Content") or ""
        size = len(answer.text.encode())
        if not answer.text.strip():
            reasons.append("the text is empty")
        if size > TEXT_BYTES:
            reasons.append(f"the text has {size} bytes, {TEXT_BYTES} are allowed")
    elif kind in ("image", "voice", "video"):
        answer.media_id = root.findtext(f"{kind.title()}/MediaId") or ""
        answer.text = {"image": "[图片]", "voice": "[语音]", "video": "[视频]"}[kind]
        if not media_exists(answer.media_id):
            reasons.append(f"MediaId {answer.media_id!r} is unknown or older than 3 days")
    elif kind == "music":
        answer.text = f"[音乐] {root.findtext('Music/Title') or ''}".strip()
    elif kind == "news":
        reasons += _news(root, answer, push)
    if reasons:
        return Answer(reasons=reasons)
    return answer


def _news(root: ElementTree.Element, answer: Answer, push: Push) -> list[str]:
    items = root.findall("Articles/item")
    answer.articles = [{child.tag: child.text or "" for child in item} for item in items]
    answer.text = "\n".join(article.get("Title", "") for article in answer.articles)
    reasons = []
    allowed = 1 if push.trigger in ONE_ARTICLE else 8
    if root.findtext("ArticleCount") != str(len(items)):
        reasons.append(f"ArticleCount is {root.findtext('ArticleCount')!r}, there are {len(items)} items")
    if not 1 <= len(items) <= allowed:
        reasons.append(f"{len(items)} articles, 1 to {allowed} are allowed in answer to {push.trigger}")
    if any(not article.get("Title") for article in answer.articles):
        reasons.append("an article has no Title")
    return reasons
