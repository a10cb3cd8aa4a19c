import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from cashback.lib.admin import page_of
from cashback.lib.http import Refused, Unavailable
from offers.models import Offer
from offers.networks.base import OfferData, Unreadable
from offers.networks.models import NetworkAccount
from tests import make
from tests.admin.conftest import messages_of
from transactions.models import Transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper_account(paper):
    return make.account(network="paper", name="Paper account")


def press(client, account, button):
    return client.post(page_of(NetworkAccount, account.pk).replace("change", button), follow=True)


def test_checked_credentials_are_reported_and_an_account_that_was_refused_works_again(
    operator, paper_account
):
    NetworkAccount.objects.update(refusal="GET https://api.paper.example/ answered 401.")

    page = press(operator, paper_account, "check-credentials")

    assert messages_of(page) == ["The account is made of paper."]
    paper_account.refresh_from_db()
    assert paper_account.refusal == ""


def test_missing_credentials_are_named(operator, account):
    account.credentials = {"client_id": "id"}
    account.save()

    page = press(operator, account, "check-credentials")

    assert messages_of(page) == [f"{account.name}: enter client_secret, website first."]


@pytest.mark.parametrize("button", ["check-credentials", "refresh-offers", "poll"])
@pytest.mark.parametrize(
    "error",
    [
        Unavailable("GET https://api.paper.example/ answered 503.", status=503),
        Refused("GET https://api.paper.example/ answered 401.", status=401),
        Unreadable("status", "new word", "is none of ours"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_network_that_says_no_is_shown_to_the_presser(operator, paper, paper_account, button, error):
    paper.error = error

    page = press(operator, paper_account, button)

    assert page.status_code == 200
    assert messages_of(page) == [str(error)]
    assert not LogEntry.objects.exists()


def test_a_refused_poll_switches_the_account_off_and_the_page_says_why(operator, paper, paper_account):
    paper.error = Refused("GET https://api.paper.example/ answered 401.", status=401)

    page = press(operator, paper_account, "poll").content.decode()

    assert "switched off" in page
    assert page.count("GET https://api.paper.example/ answered 401.") == 2


def test_a_poll_reports_what_it_brought(operator, paper, paper_account, alice):
    trip = make.click(by=alice, on=make.offer(at=paper_account))
    paper.sales = [
        make.sale(click_ref=trip.public_id.removeprefix("clk_")),
        Unreadable("id", None, "is missing"),
    ]

    page = press(operator, paper_account, "poll")

    assert messages_of(page) == ["2 sales read: 1 brought news, 1 parked."]
    assert Transaction.objects.get().shopper == alice


def test_a_refresh_reports_what_it_changed(operator, paper, paper_account):
    paper.offers = [
        OfferData(
            external_id="7",
            name="Severny Chay",
            site_url="https://severny-chay.example/",
            currency="RUB",
            tracking_url="https://ad.example/g/7/",
            is_open=True,
        )
    ]

    page = press(operator, paper_account, "refresh-offers")

    assert messages_of(page) == ["1 offers read: 1 opened, 0 changed, 0 closed, 0 unreadable. 0 coupons."]
    assert Offer.objects.get().name == "Severny Chay"


def test_who_pressed_what_is_kept(operator, paper_account):
    press(operator, paper_account, "poll")

    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_repr, entry.change_message) == (
        "olga",
        "Paper account",
        "Poll now",
    )


def test_a_button_is_not_pressed_by_a_link(operator, paper_account):
    assert (
        operator.get(page_of(NetworkAccount, paper_account.pk).replace("change", "poll")).status_code == 405
    )


def test_a_button_is_not_pressed_by_another_site(paper_account, admin_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)

    assert press(client, paper_account, "poll").status_code == 403
    assert not LogEntry.objects.exists()


def test_support_presses_no_button_of_an_account(support, paper_account):
    assert press(support, paper_account, "poll").status_code == 403
    assert b"Poll now" not in support.get(page_of(NetworkAccount, paper_account.pk)).content


def test_a_button_of_an_account_that_is_not_there_leads_back(operator, paper_account):
    page = operator.post(
        "/admin/networks/networkaccount/0196b1b6-0000-7000-8000-000000000000/poll/", follow=True
    )

    assert "doesn’t exist" in messages_of(page)[0]


def test_strangers_are_asked_to_sign_in(client, paper_account):
    page = client.post(page_of(NetworkAccount, paper_account.pk).replace("change", "poll"))

    assert (page.status_code, page.url.split("?")[0]) == (302, "/admin/login/")
