"""Staff see on a click what its browser showed on the way to the shop."""

import re
from datetime import UTC, datetime

import pytest

from cashback.lib.admin import page_of
from tests import make
from transactions.models import Click

pytestmark = pytest.mark.django_db

SEEN_AT = datetime(2026, 3, 9, 20, 0, tzinfo=UTC)


def shown(page: str) -> str:
    section = page.split("What the browser showed on the way")[1].split("</fieldset>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", section).split())


def test_a_clicks_page_shows_the_evidence(support, alice, account):
    click = make.click(
        by=alice, on=make.offer(at=account), blocker_seen=True, cookies_kept=False, evidence_at=SEEN_AT
    )
    page = support.get(page_of(Click, click.pk)).content.decode()
    assert (
        shown(page) == "Ad blocker on check_small Cookies kept close_small Browser looked at 09.03.2026 20:00"
    )


def test_a_click_without_evidence_claims_nothing(support, alice, account):
    page = support.get(page_of(Click, make.click(by=alice, on=make.offer(at=account)).pk)).content.decode()
    assert shown(page) == "Ad blocker on question_mark Cookies kept question_mark Browser looked at -"
