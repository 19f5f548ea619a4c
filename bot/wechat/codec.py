"""The way in and out of the callback address: signature, key, size, form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bot.wechat import fields, replies
from bot.wechat.crypto import Seal, is_signed, sign
from bot.wechat.push import Push
from bot.wechat.rejected import Rejected
from store.clock import Clock

__all__ = ["MAX_BODY", "Codec", "Mode", "Push", "Rejected"]

MAX_BODY: Final = 64 * 1024
"""Bytes of a push, as it arrives; more is not read (413)."""

_TOKEN: Final = re.compile(r"[!-~]{3,64}", re.ASCII)
_APP_ID: Final = re.compile(r"[\w-]{1,64}", re.ASCII)
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_NONCE: Final = re.compile(r"[\w-]{1,64}", re.ASCII)
_ECHO: Final = re.compile(r"[!-~]{1,512}", re.ASCII)


class Mode(StrEnum):
    """How the console's 消息加解密方式 is set."""

    SAFE = "safe"
    COMPATIBLE = "compatible"
    PLAINTEXT = "plaintext"


class Codec:
    """Opens pushes of one app and seals the answers.

    Safe mode takes encrypted pushes only. Compatible mode goes by ``encrypt_type`` and then believes the decrypted
    part only. Plaintext mode opens an encrypted push when it has a key: the console can be switched without a loss.
    """

    def __init__(
        self,
        *,
        app_id: str,
        token: str,
        aes_key: str,
        aes_key_previous: str = "",
        mode: Mode,
        clock: Clock,
        max_age: timedelta = timedelta(minutes=5),
    ) -> None:
        if not _APP_ID.fullmatch(app_id):
            raise ValueError("GUANJIA_WECHAT_APP_ID must be the account's AppID (wx and 16 letters or digits)")
        if not _TOKEN.fullmatch(token):
            raise ValueError("GUANJIA_WECHAT_TOKEN must be the Token of the console: 3 to 32 letters or digits")
        if not aes_key and mode is not Mode.PLAINTEXT:
            raise ValueError(f"GUANJIA_WECHAT_AES_KEY is needed in {mode.value} mode")
        self._app_id = app_id
        self._token = token
        self._mode = mode
        self._clock = clock
        self._max_age = max_age
        self._seals: list[Seal] = []
        for name, value in (("WECHAT_AES_KEY", aes_key), ("WECHAT_AES_KEY_PREVIOUS", aes_key_previous)):
            if value:
                try:
                    self._seals.append(Seal(value, app_id))
                except ValueError as error:
                    raise ValueError(f"GUANJIA_{name}: {error}") from error

    def handshake(self, query: Mapping[str, str]) -> str:
        """The raw ``echostr`` to answer; raises ``Rejected`` (403) for anybody but WeChat. Only the Token counts."""
        timestamp, nonce = _stamp(query)
        if not is_signed(query.get("signature", ""), self._token, timestamp, nonce):
            raise Rejected(403, "signature")
        echo = query.get("echostr", "")
        if not _ECHO.fullmatch(echo):
            raise Rejected(403, "echostr")
        return echo

    def open(self, body: bytes, query: Mapping[str, str]) -> Push:
        """The push in ``body``; raises ``Rejected``, and only that, for what is foreign, unreadable or too large."""
        if len(body) > MAX_BODY:
            raise Rejected(413, "oversize")
        timestamp, nonce = _stamp(query)
        sealed_with = None
        if self._is_encrypted(query.get("encrypt_type", "")):
            envelope, _ = fields.read(body)
            encrypted = envelope.get("Encrypt", "")
            if not encrypted:
                raise Rejected(400, "envelope")
            if not is_signed(query.get("msg_signature", ""), self._token, timestamp, nonce, encrypted):
                raise Rejected(403, "signature")
            body, sealed_with = self._unseal(encrypted)
        elif not is_signed(query.get("signature", ""), self._token, timestamp, nonce):
            raise Rejected(403, "signature")
        found, is_json = fields.read(body)
        return Push.of(
            self._app_id,
            found,
            stale=self._is_stale(timestamp),
            sealed_with=sealed_with,
            nonce=nonce,
            is_json=is_json,
        )

    def reply(self, push: Push, text: str) -> bytes:
        """A passive text answer, sealed with the key of the push if that was sealed; ``success`` for an empty text.

        Longer texts are cut; ``replies.split`` gives the pieces when the rest is to follow.
        """
        if not fields.clean(text).strip():
            return replies.SUCCESS  # an empty content would show the owner WeChat's fault notice
        now = self._clock.now()
        write = replies.text_json if push.is_json else replies.text_xml
        message = write(push.openid, push.account, now, text).encode()
        if push.sealed_with is None or not self._seals:
            return message
        seal = next((seal for seal in self._seals if seal.name == push.sealed_with), self._seals[0])
        encrypted = seal.close(message)
        timestamp = str(int(now.timestamp()))
        signature = sign(self._token, timestamp, push.nonce, encrypted)
        wrap = replies.envelope_json if push.is_json else replies.envelope_xml
        return wrap(encrypted, signature, timestamp, push.nonce).encode()

    def _is_encrypted(self, encrypt_type: str) -> bool:
        if encrypt_type == "aes":
            if not self._seals:
                raise Rejected(403, "no_key")
            return True
        if encrypt_type not in ("", "raw"):
            raise Rejected(403, "encrypt_type")
        if self._mode is Mode.SAFE:
            raise Rejected(403, "not_encrypted")
        return False

    def _unseal(self, encrypted: str) -> tuple[bytes, str]:
        """The message and the name of the key that opened it; the console's key may have been changed a moment ago."""
        refused: Rejected | None = None
        for seal in self._seals:
            try:
                return seal.open(encrypted), seal.name
            except Rejected as error:
                refused = refused or error
        raise refused or Rejected(403, "no_key")

    def _is_stale(self, timestamp: str) -> bool:
        """Far from both clocks: the demo moves business time, and the platform's may not have followed yet."""
        sent = int(timestamp)
        age = self._max_age.total_seconds()
        return all(abs(now.timestamp() - sent) > age for now in (self._clock.now(), self._clock.wall()))


def _stamp(query: Mapping[str, str]) -> tuple[str, str]:
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise Rejected(403, "timestamp")
    if not _NONCE.fullmatch(nonce):
        raise Rejected(403, "nonce")
    return timestamp, nonce
