"""Sealed fields: what is stored encrypted (phone numbers), and the keyed hashes by which it is found."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


class Sealer:
    """Seals and opens with keys derived from ``SECRET_KEY``; what the previous key sealed can still be opened."""

    def __init__(self, secret: str, previous: str = "") -> None:
        self._ciphers = [AESGCM(_derive(key, b"seal")) for key in (secret, previous) if key]
        self._hash_keys = [_derive(key, b"hash") for key in (secret, previous) if key]

    def seal(self, text: str) -> str:
        """The text, encrypted and authenticated, as base64."""
        nonce = os.urandom(NONCE_BYTES)
        return base64.b64encode(nonce + self._ciphers[0].encrypt(nonce, text.encode(), None)).decode()

    def open(self, sealed: str) -> str:
        """The text; raises ValueError when neither key opens it."""
        raw = base64.b64decode(sealed)
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()
            except InvalidTag:
                continue
        raise ValueError("sealed with another SECRET_KEY: set SECRET_KEY_PREVIOUS to the one used then")

    def hash(self, text: str) -> str:
        """The keyed hash to store and to look up by."""
        return self.hashes(text)[0]

    def hashes(self, text: str) -> list[str]:
        """The keyed hash under the current and the previous key: look up by any of them."""
        return [hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for key in self._hash_keys]

    def phone(self, number: str) -> dict[str, Any]:
        """A phone number as it is stored: sealed, with hashes of the whole and of the last four digits."""
        return {"sealed": self.seal(number), "hash": self.hash(number), "last4": self.hash(number[-4:])}

    def open_phone(self, stored: dict[str, Any] | None) -> str | None:
        """The phone number of such a field."""
        return None if not stored else self.open(str(stored["sealed"]))


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"guanjia:" + purpose).derive(secret.encode())
