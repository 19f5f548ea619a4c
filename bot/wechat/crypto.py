"""Signatures and the AES envelope of WeChat's callbacks (the fact sheet, 1.3 and 8.4).

The cipher and the padding writer are wechatpy's. Comparing, reading base64 and checking what comes out of the cipher
are ours: wechatpy compares in variable time, does not verify the padding and fails in half a dozen ways.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from typing import Final

from wechatpy.crypto.base import WeChatCipher
from wechatpy.crypto.pkcs7 import PKCS7Encoder

from bot.wechat.rejected import Rejected

_AES_KEY: Final = re.compile(r"[A-Za-z0-9+/]{43}", re.ASCII)
_BLOCK: Final = 32
_HEAD: Final = 20  # 16 random bytes and the length


def sign(*parts: str) -> str:
    """The hex signature over the parts, joined in byte order."""
    return hashlib.sha1(  # WeChat's choice, not ours
        b"".join(sorted(part.encode("utf-8", "surrogatepass") for part in parts)), usedforsecurity=False
    ).hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Whether ``signature`` is the one over the parts, in constant time; upper case does not count."""
    return hmac.compare_digest(signature.encode("utf-8", "surrogatepass"), sign(*parts).encode())


class Seal:
    """One AES key of the console, for one app."""

    def __init__(self, aes_key: str, app_id: str) -> None:
        if not _AES_KEY.fullmatch(aes_key):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        key = base64.b64decode(aes_key + "=")
        self._cipher = WeChatCipher(key)
        self._app_id = app_id.encode()
        self.name: str = hashlib.sha256(key).hexdigest()[:8]
        """Tells keys apart in stored pushes, also after the console's keys have moved on by one."""

    def open(self, encrypted: str) -> bytes:
        """The message inside; raises ``Rejected`` when the key, the padding, the length or the app is not ours."""
        try:
            cipher_text = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Rejected(403, "base64") from error
        if not cipher_text or len(cipher_text) % _BLOCK:
            raise Rejected(403, "block_size")
        plain: bytes = self._cipher.decrypt(cipher_text)
        pad = plain[-1]
        if not 1 <= pad <= _BLOCK or plain[-pad:] != bytes((pad,)) * pad:
            raise Rejected(403, "padding")
        end = _HEAD + int.from_bytes(plain[16:_HEAD], "big")
        if end > len(plain) - pad:
            raise Rejected(403, "length")
        if not hmac.compare_digest(plain[end : len(plain) - pad], self._app_id):
            raise Rejected(403, "app_id")
        return plain[_HEAD:end]

    def close(self, message: bytes, random: bytes | None = None) -> str:
        """The message encrypted; ``random`` (16 bytes) only repeats published samples."""
        prefix = secrets.token_bytes(16) if random is None else random
        plain = prefix + len(message).to_bytes(4, "big") + message + self._app_id
        return base64.b64encode(self._cipher.encrypt(PKCS7Encoder.encode(plain))).decode()
