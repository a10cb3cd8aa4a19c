"""What has been written to somebody, and the code in it."""

import json

from partners.notices.models import Letter


def written_to(address: str) -> list[Letter]:
    """The oldest first."""
    return list(Letter.objects.filter(to=address).order_by("pk"))


def code_for(address: str) -> str:
    """The code of the newest letter to the address."""
    return json.loads(written_to(address)[-1].context)["code"]


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"
