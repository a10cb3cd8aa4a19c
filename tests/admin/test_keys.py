"""API keys in the staff's hands: made and shown once, seen by their beginning, revoked."""

import pytest

from cashback.lib.admin import list_of, page_of
from partners import api_keys
from partners.models import ApiKey, Partner

pytestmark = pytest.mark.django_db


def press(staff, row, name: str, **options):
    return staff.post(page_of(type(row), row.pk).replace("change/", f"{name}/"), **options)


def test_a_key_is_made_on_the_partners_page_and_shown_once(root, acorn, at):
    answer = press(root, acorn.partner, "make-api-key")
    key = ApiKey.objects.get()
    text = answer.context["text"]
    assert text in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert api_keys.find(text, at=at) == key
    page = root.get(page_of(Partner, acorn.partner.pk)).content.decode()
    assert key.label in page
    assert text.rpartition("_")[2] not in page
    for where in (list_of(ApiKey), page_of(ApiKey, key.pk)):
        shown = root.get(where).content.decode()
        assert key.label in shown
        assert text not in shown
        assert key.secret_digest not in shown


def test_a_revoked_key_is_seen_as_revoked_and_offers_no_button(root, acorn, at):
    key, text = api_keys.create(partner=acorn.partner, name="Server")
    press(root, key, "revoke")
    revoked_at = ApiKey.objects.get().revoked_at
    assert revoked_at is not None
    with pytest.raises(api_keys.KeyRefused):
        api_keys.find(text, at=at)
    assert "/revoke/" not in root.get(page_of(ApiKey, key.pk)).content.decode()
    press(root, key, "revoke")
    assert ApiKey.objects.get().revoked_at == revoked_at


def test_support_makes_and_revokes_no_keys(support, acorn):
    key, _text = api_keys.create(partner=acorn.partner, name="Server")
    assert press(support, acorn.partner, "make-api-key").status_code == 403
    assert press(support, key, "revoke").status_code == 403
    assert ApiKey.objects.get().revoked_at is None


def test_the_storefronts_page_leads_to_its_checklist(root, client, acorn, settings):
    page = root.get(page_of(type(acorn), acorn.pk)).content.decode()
    start = page.index(f"{settings.SITE_URL}/s/acorn/checklist/")
    address = page[start : page.index('"', start)]
    assert client.get(address.removeprefix(settings.SITE_URL)).status_code == 200
