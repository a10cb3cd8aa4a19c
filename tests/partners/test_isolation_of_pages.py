"""The wall between partners, from a shopper's side: cookie, bearer, launch token and ticket of Birch's open nothing of
Acorn's, whatever they name."""

import uuid

import pytest
from django.test import Client
from django.urls import get_resolver

from partners import launch_tokens, shopper_session
from partners.models import Shopper, Storefront
from tests import make, walled
from tests.without_filters import wall  # noqa: F401 - a fixture
from transactions.click_out import tickets, way_out
from transactions.click_out.clicks import Departure
from transactions.models import Click

pytestmark = pytest.mark.django_db

# In all that is private of Acorn's; its name and its terms are for everybody who opens its page.
MARK = "zweigmark"
PUBLIC = ("terms", "how-it-works", "launch", "goodbye", "checklist", "language")


@pytest.fixture
def acorns(db) -> Shopper:
    storefront = make.storefront(slug="gehoelz", name="Gehölz bank", currency="RUB", locale="ru")
    return make.shopper(storefront, "sh-77")


@pytest.fixture
def names(acorns, at) -> dict[str, str]:
    return walled.names(acorns, walled.fill(acorns, mark=MARK, at=at))


@pytest.fixture
def browser(bob) -> Client:
    client = Client(raise_request_exception=False)
    make.sign_on(client, bob)
    return client


def pages(*, of: str) -> list[str]:
    return [f"/s/{of}/{path}" for path in walled.addresses(get_resolver("cashback.storefront_urls"))]


def test_nothing_of_acorns_has_an_address_below_birchs_storefront(browser, names, acorns):
    before = walled.everything_of(acorns)
    probes, leaks = 0, []
    for page in pages(of="birch"):
        for path in sorted(set(walled.filled(page, names))) if walled.parameters(page) else [page]:
            for answer in (browser.get(path), browser.post(path, {"text": "Where is it?"})):
                probes += 1
                if MARK.encode() in answer.content or (walled.parameters(page) and answer.status_code == 200):
                    leaks.append((answer.request["REQUEST_METHOD"], path, answer.status_code))
    assert leaks == []
    assert walled.everything_of(acorns) == before
    print(f"{probes} probes by cookie")
    assert probes >= 300


@pytest.mark.parametrize("brings", ["cookie", "bearer"])
def test_a_session_of_birchs_is_nobodys_at_acorns_storefront(brings, names, acorns, bob):
    session = shopper_session.begin(bob)
    client = Client(raise_request_exception=False)
    if brings == "cookie":
        client.cookies["cb-gehoelz"] = session.as_cookie()
    headers = {"authorization": f"Bearer {session.as_bearer()}"} if brings == "bearer" else {}
    probes, leaks = 0, []
    for page in pages(of="gehoelz"):
        if page.split("/")[3] in PUBLIC:
            continue
        for path in sorted(set(walled.filled(page, names))) if walled.parameters(page) else [page]:
            answer = client.get(path, headers=headers)
            probes += 1
            if MARK.encode() in answer.content:
                leaks.append((path, answer.status_code))
    assert leaks == []
    print(f"{probes} probes by {brings}")
    assert probes >= 150


def test_launch_tokens_open_their_own_storefront_alone(names, acorns, birch, bob, at):
    def minted(storefront: Storefront, who: str) -> str:
        return launch_tokens.mint(
            storefront=storefront, external_id=who, locale="en", return_origin="", at=at
        ).token

    for token, door in ((minted(birch, "bob"), "gehoelz"), (minted(acorns.storefront, "sh-77"), "birch")):
        client = Client()
        answer = client.get(f"/s/{door}/launch", {"token": token})
        assert answer.status_code == 403
        assert MARK.encode() not in answer.content
        assert f"cb-{door}" not in client.cookies


def test_a_ticket_that_names_one_partner_and_another_s_shopper_leaves_for_nowhere(acorns, names, bob, at):
    """Nobody but us can sign one; the database would refuse it all the same."""
    merchant = Click.objects.first().merchant_id
    mixed = [
        tickets.Ticket(bob.partner_id, acorns.storefront_id, acorns.pk, merchant),
        tickets.Ticket(bob.partner_id, bob.storefront_id, acorns.pk, merchant),
        tickets.Ticket(acorns.partner_id, bob.storefront_id, bob.pk, merchant),
        tickets.Ticket(uuid.uuid4(), acorns.storefront_id, acorns.pk, merchant),
    ]
    before = Click.objects.count()
    for ticket in mixed:
        answer = Client().get(f"/go/{tickets.issue(ticket, at=at)}")
        assert answer.status_code == 404
        assert MARK.encode() not in answer.content
    assert Click.objects.count() == before


def test_a_page_before_the_shop_that_names_another_s_click_shows_and_notes_nothing(acorns, names, bob, at):
    click = Click.objects.filter(shopper=acorns).latest("pk")
    token = way_out.issue(
        Departure(bob.partner_id, click.pk, "https://shop.example/", has_interstitial=True), at=at
    )
    assert Client().get(f"/out/{token}").status_code == 404
    assert Client().post(f"/out/{token}/evidence", {"blocker": "yes"}).status_code == 200
    click.refresh_from_db()
    assert (click.blocker_seen, click.evidence_at) == (None, None)
