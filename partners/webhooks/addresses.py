"""Which addresses are called at all. Asked when one is saved, and again each time before it is called."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from cashback.lib import http
from cashback.lib.errors import DomainError

LONGEST = 2000
_PORTS = (443, 8443)
_ON_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]|\\")


class AddressRefused(DomainError):
    """No event is sent there."""

    code = "url_refused"


def check(url: str) -> None:
    """Raises AddressRefused for what would not be called. Looks the host up, which may take a while."""
    check_form(url)
    try:
        http.client().check(url)
    except http.Refused as refusal:
        raise AddressRefused(_("This address leads to where nothing is ever sent.")) from refusal
    except http.Unavailable as error:
        raise AddressRefused(_("The host of this address is not to be found."), code="url_unknown") from error


def check_form(url: str) -> None:
    """What can be said of the text alone: https on a port for it, and no password in it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise AddressRefused(_("This is not an address on the web.")) from error
    if not host or len(url) > LONGEST or _UNPRINTABLE.search(url):
        raise AddressRefused(_("This is not an address on the web."))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused(_("An address carries neither a password nor a # part."))
    if settings.EGRESS_LOOPBACK and host in _ON_THIS_MACHINE and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https":
        raise AddressRefused(_("The address must begin with https://."))
    if port is not None and port not in _PORTS:
        raise AddressRefused(_("The address must use port 443 or 8443."))
