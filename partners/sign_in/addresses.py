"""E-mail addresses as we compare them."""

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from cashback.lib.errors import DomainError

_LONGEST = 254
_is_address = EmailValidator(allowlist=[])


class NotAnAddress(DomainError):
    """Nothing can be sent there. The message says it to the person who typed it."""

    code = "not_an_address"


def normal(typed: str) -> str:
    """One spelling for each address: lower case, the domain as the DNS writes it (IDNA 2008). Raises NotAnAddress."""
    local, at, domain = typed.strip().rpartition("@")
    try:
        address = f"{local.lower()}{at}{idna.encode(domain, uts46=True).decode()}"
        _is_address(address)
    except (idna.IDNAError, UnicodeError, ValidationError) as error:
        raise NotAnAddress(
            str(_("This is not an e-mail address. It looks like name@example.com."))
        ) from error
    if not address.isascii() or len(address) > _LONGEST:
        raise NotAnAddress(str(_("We cannot send to this address. Please use another one.")))
    return address


def veiled(address: str) -> str:
    """`a•••@example.com`: enough to recognise one's own."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{_readable(domain)}"


def _readable(domain: str) -> str:
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain
