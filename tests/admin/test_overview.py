import re

import pytest
from django.urls import reverse

from offers.networks import services as networks
from offers.networks.models import InboundMessage, NetworkAccount
from tests import make
from transactions import services

pytestmark = pytest.mark.django_db

OVERVIEW = "/admin/"


@pytest.fixture
def busy(purchase, waiting_sale, account, bob, at):
    """One thing of every kind waits; Bob's purchase, in dollars, is credited too."""
    for number in range(2):
        networks.receive(
            token=account.postback_token, method="GET", content_type="", query=f"a={number}", body=b"", at=at
        )
    InboundMessage.objects.filter(query="a=0").update(parked_at=at)
    make.account(refusal="GET https://api.admitad.com/token/ answered 401.")
    trip = make.click(by=bob, on=make.offer(at=account, currency="USD"))
    sale = make.sale(
        click_ref=trip.public_id.removeprefix("clk_"),
        status="approved",
        paid=True,
        currency="USD",
        commission_minor=1000,
    )
    services.record(sale=sale, account=account, via="poll", at=at)


def test_the_first_page_says_what_needs_a_person(operator, busy):
    page = operator.get(OVERVIEW)

    assert [(str(need["title"]), need["count"], need["is_urgent"]) for need in page.context["needs"]] == [
        ("Parked messages", 1, True),
        ("Sales without a click", 1, True),
        ("Switched-off network accounts", 1, True),
        ("Webhook endpoints switched off for failing", 0, False),
        ("Answers owed", 0, False),
        ("Goodwill to approve", 0, False),
        ("Parked letters", 0, False),
        ("Messages that wait", 1, False),
    ]


def test_the_first_page_says_how_today_goes(operator, busy):
    page = operator.get(OVERVIEW)

    assert [(str(figure["title"]), figure["values"]) for figure in page.context["figures"]] == [
        ("Clicks today", [2]),
        ("Purchases today", [2]),
        ("Cashback credited today", ["RUB\xa069.65", "$7.00"]),
    ]


def test_the_sidebar_counts_what_waits(operator, busy):
    page = operator.get(OVERVIEW)

    items = [item for group in page.context["sidebar_navigation"] for item in group["items"]]
    assert {item["title"]: item["badge"] for item in items if "badge" in item} == {
        "Unattributed sales": 1,
        "Network accounts": 1,
        "Inbound messages": 1,
    }


def test_a_quiet_day_asks_for_nothing(operator):
    page = operator.get(OVERVIEW)

    assert [need["is_urgent"] for need in page.context["needs"]] == [False] * 8
    assert "badge" not in str(page.context["sidebar_navigation"])


@pytest.mark.parametrize("rows", [1, 3])
def test_the_first_page_costs_the_same_for_any_length(root, rows, django_assert_num_queries):
    for _ in range(rows):
        make.account()

    with django_assert_num_queries(17):
        page = root.get(OVERVIEW)

    assert len(page.context["accounts"]) == rows


def test_every_link_of_the_first_page_leads_somewhere(operator, busy):
    page = operator.get(OVERVIEW).content.decode()

    links = set(re.findall(r'href="(/admin/[^"]*)"', page))
    assert len(links) > 15
    assert {link: operator.get(link.replace("&amp;", "&")).status_code for link in links} == dict.fromkeys(
        links, 200
    )


def test_support_finds_no_way_to_the_staff(support):
    page = support.get(OVERVIEW)

    titles = [item["title"] for group in page.context["sidebar_navigation"] for item in group["items"]]
    assert "Transactions" in titles
    assert not {"Users", "Groups", "Outbox events"} & set(titles)


def test_who_has_no_role_sees_nothing(client, sam, busy):
    client.force_login(sam)

    page = client.get(OVERVIEW)

    assert (page.context["needs"], page.context["figures"]) == ([], [])
    assert "accounts" not in page.context


@pytest.mark.parametrize(("wanted", "language"), [("ru", "ru"), ("en", "en"), ("kk", "en")])
def test_the_admin_speaks_the_language_of_its_reader(operator, wanted, language):
    page = operator.get(OVERVIEW, headers={"accept-language": wanted})

    assert f'<html lang="{language}"' in page.content.decode()


def test_a_chosen_language_wins_and_is_for_the_admin_only(operator):
    answer = operator.post("/admin/language/", {"language": "ru", "next": OVERVIEW})

    assert answer.cookies["staff-language"]["path"] == "/admin/"
    assert '<html lang="ru"' in operator.get(OVERVIEW, headers={"accept-language": "en"}).content.decode()


def test_the_admins_policy_lets_in_no_script_from_elsewhere_and_none_in_the_page(operator):
    policy = operator.get(OVERVIEW).headers["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-eval';" in policy
    assert "default-src 'none';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy


def test_a_storefront_has_no_admin(client, acorn):
    answer = client.get("/s/acorn/admin/")

    assert answer.status_code == 404
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_a_switched_off_account_is_listed_with_its_reason(operator, busy):
    page = operator.get(OVERVIEW).content.decode()

    refused = NetworkAccount.objects.exclude(refusal="").get()
    assert reverse("admin:networks_networkaccount_change", args=[refused.pk]) in page
    assert refused.refusal in page
