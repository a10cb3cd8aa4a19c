"""API keys in the staff's hands: made and shown once, seen by their beginning, revoked."""

import pytest

from cashback.lib.admin import list_of, page_of
from partners.keys import api_keys
from partners.models import ApiKey, Partner

pytestmark = pytest.mark.django_db


def press(staff, row, name: str, **options):
    return staff.post(page_of(type(row), row.pk).replace("change/", f"{name}/"), **options)


def test_a_key_is_made_on_the_partners_page_and_shown_once(root, acorn, at):
    answer = press(root, acorn.partner, "make-api-key")
    key = ApiKey.objects.get()
    text = answer.context["secret"]
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


def test_a_key_with_fewer_scopes_is_made_on_its_own_page_and_shown_once(root, acorn, at):
    told = {
        "partner": acorn.partner.pk,
        "name": "Reports",
        "scopes": ["statistics:read"],
        "allowed_networks": "203.0.113.0/24\n2001:db8::/32",
        "expires_at_0": "2030-01-01",
        "expires_at_1": "00:00",
    }
    answer = root.post("/admin/partners/apikey/add/", told)
    key = ApiKey.objects.get()
    text = answer.context["secret"]
    assert text in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert api_keys.find(text, at=at, address="203.0.113.1") == key
    assert (key.scopes, key.allowed_networks) == (["statistics:read"], ["203.0.113.0/24", "2001:db8::/32"])
    assert key.expires_at.year == 2030


def test_a_network_that_is_none_is_refused(root, acorn):
    told = {"partner": acorn.partner.pk, "name": "x", "scopes": ["events:read"], "allowed_networks": "acorn"}
    [[error]] = root.post("/admin/partners/apikey/add/", told).context["errors"]
    assert error.startswith("No network: ")
    assert not ApiKey.objects.exists()


def test_a_keys_scopes_are_narrowed_on_its_page(root, acorn):
    key, _text = api_keys.create(partner=acorn.partner, name="Server")
    root.post(page_of(ApiKey, key.pk), {"name": "Server", "scopes": ["events:read"], "allowed_networks": ""})
    narrowed = ApiKey.objects.get()
    assert (narrowed.scopes, narrowed.secret_digest) == (["events:read"], key.secret_digest)


def test_a_successor_is_shown_once_and_both_open_the_door(root, acorn, at):
    key, old = api_keys.create(partner=acorn.partner, name="Server")
    new = press(root, key, "roll").context["secret"]
    assert api_keys.find(old, at=at) == key
    assert api_keys.find(new, at=at).name == "Server"
    assert 6 <= (ApiKey.objects.get(pk=key.pk).expires_at - at).days <= 7


def test_a_sandbox_is_opened_on_the_partners_page(root, acorn):
    press(root, acorn.partner, "open-sandbox")
    assert acorn.partner.sandbox.storefronts.get().slug == "acorn-sandbox"
