"""Secrets at rest: a text field whose column holds Fernet tokens under `settings.FIELD_ENCRYPTION_KEYS`.

The first key encrypts, all of them decrypt: put a new key in front to rotate.
"""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class Undecryptable(Exception):
    """A stored secret was written under a key that FIELD_ENCRYPTION_KEYS no longer lists."""


@lru_cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    return _box(tuple(settings.FIELD_ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    try:
        return _box(tuple(settings.FIELD_ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise Undecryptable(
            "No key in FIELD_ENCRYPTION_KEYS opens this secret; put the old key back."
        ) from error


class EncryptedTextField(models.TextField):
    """Text that only the application can read. Never filter by it: the same text encrypts differently each time."""

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        # Migrations see a plain text column, and no function of ours that makes its first value.
        kwargs.pop("default", None)
        return name, "django.db.models.TextField", args, kwargs

    def get_prep_value(self, value):
        return encrypt(value) if value else value

    def from_db_value(self, value, expression, connection):
        return decrypt(value) if value else value
