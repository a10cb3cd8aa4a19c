"""The secret half of what a program calls us with: made, shown once, and kept as a digest."""

import hashlib
import hmac
import secrets
import string

_LETTERS = string.ascii_letters + string.digits
# 43 of 62 letters: 256 bits, so that a plain SHA-256 is enough to keep it.
LENGTH = 43
# For a pattern: what a secret looks like.
SHAPE = rf"[A-Za-z0-9]{{{LENGTH}}}"


def new() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def is_of(digested: str, secret: str) -> bool:
    return hmac.compare_digest(digest(secret), digested)
