"""What is secret goes in and never comes out: into no page, no message, no history, no log."""

import logging

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from cashback.lib.admin import list_of, page_of
from offers.networks.models import InboundMessage, NetworkAccount
from partners.models import Partner, Shopper, Storefront
from tests.admin.conftest import messages_of
from transactions.ledger.models import Account, Transfer
from transactions.models import Click, Transaction, UnattributedSale

pytestmark = pytest.mark.django_db

SECRETS = {"client_id": "the-client-id", "client_secret": "the-client-secret", "website": "22443311"}


@pytest.fixture
def account(account):
    account.credentials = SECRETS
    account.access_token = "the-access-token"
    account.save()
    return account


def every_page(account, partner) -> list[str]:
    models = [
        Partner, Storefront, Shopper, NetworkAccount, InboundMessage, Transaction, Click, UnattributedSale, Account,
        Transfer,
    ]  # fmt: skip
    pages = [reverse("admin:index"), list_of(NetworkAccount) + "add/"]
    for model in models:
        pages.append(list_of(model))
        pages += [page_of(model, row.pk) for row in model.objects.all()]
        pages += [page_of(model, row.pk).replace("change", "history") for row in model.objects.all()]
    return pages


@pytest.mark.parametrize("who", ["root", "operator", "support"])
def test_no_page_shows_a_secret(request, who, account, purchase, waiting_sale, acorn, caplog):
    staff = request.getfixturevalue(who)
    secrets = [*SECRETS.values(), "the-access-token", acorn.partner.sso_secret]

    with caplog.at_level(logging.DEBUG):
        answers = {page: staff.get(page) for page in every_page(account, acorn.partner)}

    shown = {
        page for page, answer in answers.items() for secret in secrets if secret in answer.content.decode()
    }
    assert shown == set()
    assert [secret for secret in secrets if secret in caplog.text] == []
    refused = {page for page, answer in answers.items() if answer.status_code != 200}
    assert refused == ({list_of(NetworkAccount) + "add/"} if who == "support" else set())


def enter(client, account, **entered):
    facts = {"name": account.name, "base_url": "", "is_active": "on"}
    return client.post(page_of(NetworkAccount, account.pk), facts | entered, follow=True)


def test_an_entered_credential_is_kept_and_the_empty_ones_stay(operator, account, caplog):
    with caplog.at_level(logging.DEBUG):
        page = enter(operator, account, credential_client_secret="a-newer-secret")

    assert page.status_code == 200
    account.refresh_from_db()
    assert account.credentials == SECRETS | {"client_secret": "a-newer-secret"}
    assert account.access_token == ""
    assert "a-newer-secret" not in page.content.decode() + caplog.text
    assert "a-newer-secret" not in LogEntry.objects.get().change_message


def test_saving_other_facts_keeps_credentials_and_token(operator, account):
    enter(operator, account, name="Another name")

    account.refresh_from_db()
    assert (account.name, account.credentials, account.access_token) == (
        "Another name",
        SECRETS,
        "the-access-token",
    )


def test_stored_credentials_follow_to_no_other_address(operator, account):
    page = enter(operator, account, base_url="https://evil.example", credential_client_secret="guessed")

    assert "Enter all credentials anew" in page.context["adminform"].form.errors["base_url"][0]
    account.refresh_from_db()
    assert (account.base_url, account.credentials, account.access_token) == ("", SECRETS, "the-access-token")


def test_an_account_moves_with_credentials_entered_anew(operator, account):
    new = {name: f"new-{name}" for name in SECRETS}
    entered = {f"credential_{name}": value for name, value in new.items()}

    enter(operator, account, base_url="https://api.admitad.example", **entered)

    account.refresh_from_db()
    assert (account.base_url, account.credentials) == ("https://api.admitad.example", new)
    assert account.access_token == ""


def test_an_account_without_credentials_moves_freely(operator, account):
    account.credentials = {}
    account.save()

    enter(operator, account, base_url="https://api.admitad.example")

    account.refresh_from_db()
    assert account.base_url == "https://api.admitad.example"


def test_a_refused_form_does_not_give_the_credential_back(operator, account):
    page = enter(operator, account, name="", credential_client_secret="a-newer-secret")

    assert "This field is required." in page.content.decode()
    assert "a-newer-secret" not in page.content.decode()
    account.refresh_from_db()
    assert account.credentials == SECRETS


def test_the_page_says_which_credentials_are_set(operator, account):
    account.credentials = {"client_id": "the-client-id"}
    account.save()

    page = operator.get(page_of(NetworkAccount, account.pk)).content.decode()

    assert (page.count("Set. Leave empty to keep it."), page.count("Not set.")) == (1, 2)


def test_a_new_account_gets_its_postback_address_and_asks_for_credentials(operator, settings):
    page = operator.post(
        list_of(NetworkAccount) + "add/",
        {"network": "admitad", "name": "Second", "base_url": "", "is_active": "on", "_continue": "1"},
        follow=True,
    ).content.decode()

    made = NetworkAccount.objects.get()
    assert f"{settings.SITE_URL}/postback/{made.postback_token}/" in page
    assert page.count("Not set.") == 3


def test_support_sees_neither_credential_fields_nor_postback_address(support, account):
    page = support.get(page_of(NetworkAccount, account.pk)).content.decode()

    assert account.postback_token not in page
    assert "credential_" not in page


def test_support_changes_no_account_and_no_partner(support, account, acorn):
    before = Partner.objects.values().get()

    assert enter(support, account, name="Sam's", credential_client_secret="sams").status_code == 403
    assert support.post(page_of(Partner, acorn.partner_id), {"name": "Sam's"}).status_code == 403
    secret = page_of(Partner, acorn.partner_id).replace("change", "make-new-secret")
    assert support.post(secret).status_code == 403
    account.refresh_from_db()
    assert account.credentials == SECRETS
    assert Partner.objects.values().get() == before


def test_a_new_sign_on_secret_is_shown_once(operator, acorn):
    old = acorn.partner.sso_secret

    answer = operator.post(page_of(Partner, acorn.partner_id).replace("change", "make-new-secret"))

    new = Partner.objects.get().sso_secret
    assert new != old
    assert answer.content.decode().count(new) == 1
    assert "no-store" in answer.headers["Cache-Control"]
    assert new not in str(answer.cookies) + LogEntry.objects.get().change_message
    after = operator.get(page_of(Partner, acorn.partner_id))
    assert new not in after.content.decode()
    assert messages_of(after) == []


def test_staff_accounts_belong_to_superusers(operator, root, django_user_model):
    olga = django_user_model.objects.get(username="olga")

    assert operator.post(page_of(django_user_model, olga.pk), {"is_superuser": "on"}).status_code == 403
    assert root.get(page_of(django_user_model, olga.pk)).status_code == 200
    olga.refresh_from_db()
    assert not olga.is_superuser
