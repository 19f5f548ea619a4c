"""Signatures and the safe mode, written from the published description and from nothing else.

It shares no code with the bot on purpose: two sides that agree by mistake would find nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
"""The pad fills up to this many bytes, although AES itself works in 16."""


class BadEnvelope(Exception):
    """Cannot be opened; ``reasons`` says all that is wrong with it."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = list(reasons)


def sign(*parts: str) -> str:
    """SHA-1 over the parts in byte order, as lower-case hex."""
    return hashlib.sha1(b"".join(sorted(part.encode() for part in parts)), usedforsecurity=False).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare without telling by time how much was right."""
    return hmac.compare_digest(one.encode(), other.encode())


def encrypt(message: bytes, aes_key: str, app_id: str, prefix: bytes | None = None) -> str:
    """The ``Encrypt`` text for a message; ``prefix`` is fixed only to check published samples."""
    prefix = secrets.token_hex(8).encode() if prefix is None else prefix
    plain = prefix + struct.pack(">I", len(message)) + message + app_id.encode()
    pad = BLOCK - len(plain) % BLOCK
    encryptor = _cipher(aes_key).encryptor()
    sealed = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def decrypt(encrypted: str, aes_key: str, app_id: str) -> bytes:
    """The message inside; raises ``BadEnvelope`` for anything that is not exactly as published."""
    try:
        sealed = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadEnvelope(f"Encrypt is not base64: {error}") from error
    if not sealed or len(sealed) % 16:
        raise BadEnvelope(f"cipher text has {len(sealed)} bytes, not a multiple of 16")
    decryptor = _cipher(aes_key).decryptor()
    plain = decryptor.update(sealed) + decryptor.finalize()
    pad = plain[-1]
    if not 1 <= pad <= BLOCK or pad > len(plain) or plain[-pad:] != bytes([pad]) * pad:
        raise BadEnvelope(f"pad is wrong: last byte is {pad}, or the pad bytes differ (or the key is another one)")
    if len(sealed) % BLOCK:
        raise BadEnvelope(f"pad is wrong: {len(sealed)} bytes are not padded to a multiple of {BLOCK}, only of 16")
    body = plain[:-pad]
    if len(body) < 20:
        raise BadEnvelope("too short: no random prefix and length")
    (length,) = struct.unpack(">I", body[16:20])
    if 20 + length > len(body):
        raise BadEnvelope(f"length field says {length}, only {len(body) - 20} bytes are there")
    message, trailer = body[20 : 20 + length], body[20 + length :]
    if trailer != app_id.encode():
        raise BadEnvelope(f"ends in appid {trailer.decode('utf-8', 'replace')!r}, expected {app_id!r}")
    return message


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def sign_raw_data(raw: str, session_key: str) -> str:
    """The ``signature`` that a mini-program gets beside ``rawData``."""
    return hashlib.sha1((raw + session_key).encode(), usedforsecurity=False).hexdigest()


def seal_open_data(plain: bytes, session_key: str, iv: bytes) -> str:
    """``encryptedData`` of a mini-program: AES-128, padded to 16."""
    pad = 16 - len(plain) % 16
    encryptor = Cipher(algorithms.AES(base64.b64decode(session_key)), modes.CBC(iv)).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()
