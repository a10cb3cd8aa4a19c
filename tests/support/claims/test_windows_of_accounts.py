"""When a network takes claims is written on its account by whoever operates it."""

import pytest
from django.db import IntegrityError

from offers.networks.forms import NewAccountForm, account_form
from offers.networks.models import NetworkAccount
from tests import make

pytestmark = pytest.mark.django_db


def filled(form, account, **told):
    fields = {"name": account.name, "base_url": "", "is_active": "on", **told}
    return form(fields, instance=account)


def test_window_is_stored():
    account = make.account()
    form = filled(account_form("admitad"), account, claim_after_days="7", claim_until_days="120")
    assert form.is_valid(), form.errors
    form.save()
    account.refresh_from_db()
    assert (account.claim_after_days, account.claim_until_days) == (7, 120)


@pytest.mark.parametrize("after, until", [("30", "7"), ("0", ""), ("", "1501"), ("x", "")])
def test_window_that_cannot_be_is_refused(after, until):
    account = make.account()
    for form in (account_form("admitad"), NewAccountForm):
        told = filled(form, account, network="admitad", claim_after_days=after, claim_until_days=until)
        assert not told.is_valid()


def test_database_refuses_it_too():
    account = make.account()
    with pytest.raises(IntegrityError):
        NetworkAccount.objects.filter(pk=account.pk).update(claim_after_days=9, claim_until_days=8)


def test_form_in_admin_shows_the_window(admin_client):
    account = make.account()
    page = admin_client.get(f"/admin/networks/networkaccount/{account.pk}/change/").content.decode()
    assert 'name="claim_after_days"' in page and 'name="claim_until_days"' in page
    facts = make.facts(of=make.offer(at=account))
    page = admin_client.get(f"/admin/offers/offerfacts/{facts.pk}/change/").content.decode()
    assert 'name="counts_with_other_codes"' in page
