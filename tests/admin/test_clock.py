"""Whose clock the staff's pages show, and read."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from cashback.lib.admin import page_of
from partners.keys import api_keys
from partners.models import StaffToken

pytestmark = pytest.mark.django_db


def test_times_are_those_of_the_staffs_clock_which_the_page_names(root, acorn, settings):
    settings.STAFF_TIME_ZONE = "Asia/Tokyo"
    key, _text = api_keys.create(partner=acorn.partner, name="Server")
    type(key).objects.filter(pk=key.pk).update(last_used_at=datetime(2026, 11, 1, 20, 30, tzinfo=UTC))
    page = root.get(page_of(type(key), key.pk), headers={"accept-language": "en"}).content.decode()
    assert "02.11.2026\N{NO-BREAK SPACE}05:30" in page
    assert "Asia/Tokyo" in page


def test_a_time_that_is_typed_is_by_that_clock(root, settings):
    settings.STAFF_TIME_ZONE = "Asia/Tokyo"
    tomorrow = timezone.now() + timedelta(days=1)
    told = {"name": "x", "expires_at_0": f"{tomorrow:%Y-%m-%d}", "expires_at_1": "21:00:00"}
    root.post("/admin/partners/stafftoken/add/", told)
    ends_at = StaffToken.objects.get().expires_at
    assert (ends_at.date(), ends_at.hour) == (tomorrow.date(), 12)
