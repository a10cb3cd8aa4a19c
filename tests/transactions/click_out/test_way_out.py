"""The page between a storefront and a shop: it promises what the click froze, leads on, and takes evidence."""

import random
import re
import string
from datetime import timedelta
from html import unescape

import pytest
import time_machine

from tests import make
from transactions.click_out import tickets
from transactions.models import Click

NAVIGATION = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": "same-origin"}
PAGE_QUERIES = 3  # the click with its merchant and offer, the storefront, how many rates are in force
SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture
def offer(account):
    shop = make.merchant("Околица", slug="okolitsa")
    return make.offer(of=shop, at=account, tracking_url="https://ad.example/g/abc/?x=1&y=2")


@pytest.fixture
def ticket(alice, offer, at):
    place = tickets.Ticket(alice.partner_id, alice.storefront_id, alice.pk, offer.merchant_id)
    return tickets.issue(place, at=at)


@pytest.fixture
def path(client, ticket) -> str:
    """Where a browser lands that has pressed the button."""
    response = client.get(f"/go/{ticket}", headers=NAVIGATION)
    assert response.status_code == 303
    return response.headers["Location"]


def read(response) -> str:
    return " ".join(unescape(response.content.decode()).replace(SPACE, "_").split())


def report(client, path: str, **body):
    return client.post(f"{path}/evidence", body or {"blocker": "no"})


# --- Who meets the page ---


def test_a_browser_meets_the_page_once_its_click_is_stored(client, ticket):
    response = client.get(f"/go/{ticket}", headers=NAVIGATION)
    assert response.status_code == 303
    assert re.fullmatch(r"/out/[\w.:-]+", response.headers["Location"])
    assert response.headers["Cache-Control"] == "no-store"
    assert Click.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-mode": "cors"}, {"sec-fetch-mode": "no-cors"}])
def test_an_app_or_another_program_reaches_the_shop_by_redirects_alone(client, ticket, headers):
    response = client.get(f"/go/{ticket}", headers=headers)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("https://ad.example/g/abc/?x=1&y=2&subid4=")


def test_a_storefront_without_the_page_sends_browsers_straight_to_the_shop(client, ticket, acorn):
    type(acorn).objects.update(has_interstitial=False)
    response = client.get(f"/go/{ticket}", headers=NAVIGATION)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("https://ad.example/")


def test_to_send_a_browser_to_the_page_takes_nothing_else_from_the_database(
    client, ticket, django_assert_num_queries
):
    with django_assert_num_queries(0):  # the click's one statement goes past Django's cursors
        assert client.get(f"/go/{ticket}", headers=NAVIGATION).status_code == 303


# --- What it says ---


def test_the_page_names_the_shop_the_promise_and_the_three_dos_and_leads_on(client, path, acorn):
    response = client.get(path)
    seen = read(response)
    [click] = Click.objects.all()
    assert response.status_code == 200
    assert "Околица" in seen
    assert "<strong>3,5_%</strong>" in seen
    assert len(re.findall(r"<li><svg", re.search(r'<ul class="dos">.*?</ul>', seen)[0])) == 3
    link = re.search(r'<a class="button big" data-go href="([^"]+)"', seen)[1]
    assert link == f"https://ad.example/g/abc/?x=1&y=2&subid4={click.public_id[4:]}"
    assert f"/theme/{acorn.theme_digest}" in seen
    assert (response.headers["Cache-Control"], response.headers["Referrer-Policy"]) == (
        "no-store",
        "no-referrer",
    )


def test_a_reload_shows_the_same_page_and_makes_no_second_click(client, path):
    first = client.get(path).content
    assert client.get(path).content == first
    assert Click.objects.count() == 1


def test_the_page_needs_no_cookie_and_three_queries(client, path, django_assert_num_queries):
    client.cookies.clear()
    with django_assert_num_queries(PAGE_QUERIES):
        assert client.get(path).status_code == 200


def test_the_promise_is_the_clicks_and_not_todays(client, path, acorn, offer):
    type(acorn).objects.update(shopper_percent="10")
    type(offer).objects.update(best_percent="50")
    assert "<strong>3,5_%</strong>" in read(client.get(path))


def test_of_several_rates_the_page_says_up_to(client, path, offer):
    assert "до <strong>" not in read(client.get(path))
    make.rate(of=offer, value="1")
    with time_machine.travel(offer.first_seen_at + timedelta(seconds=5)):
        seen = read(client.get(path))
    assert re.search(r'class="way-reward">[^<]*(до|up to) <strong>', seen)


def test_in_a_tab_that_knows_nobody_the_page_speaks_the_shoppers_language(client, path, alice):
    type(alice).objects.update(locale="en")
    response = client.get(path)
    assert "So that it counts" in read(response)
    assert response.headers["Content-Language"] == "en"
    client.cookies["cb.language"] = "ru"
    assert client.get(path).headers["Content-Language"] == "ru"


def test_what_the_shopper_chose_outweighs_the_browser_and_the_partner(client, path, alice):
    type(alice).objects.update(locale="ru", chosen_locale="en")
    assert client.get(path).headers["Content-Language"] == "en"
    client.cookies["cb.language"] = "ru"
    assert client.get(path).headers["Content-Language"] == "en"


def test_the_page_waits_as_long_as_the_storefront_says_or_for_the_shopper(client, path, acorn):
    seen = read(client.get(path))
    assert 'data-seconds="5"' in seen
    assert '<progress max="5" value="0"' in seen
    type(acorn).objects.update(interstitial_seconds=0)
    seen = read(client.get(path))
    assert 'data-seconds="0"' in seen
    assert "data-count" not in seen


def test_home_is_right_on_the_partners_own_host(client, path, acorn):
    assert 'data-home="/s/acorn/"' in read(client.get(path))
    type(acorn).objects.update(host="cashback.acorn.test")
    assert 'data-home="/"' in read(client.get(path, headers={"host": "cashback.acorn.test"}))


def test_the_page_needs_no_script_and_holds_none(client, path):
    seen = read(client.get(path))
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", seen)
    for hidden in re.findall(r"<div class=\"way-count\"[^>]*>|<div class=\"notice\"[^>]*>", seen):
        assert hidden.endswith(" hidden>")


# --- Evidence ---


def test_the_browsers_evidence_is_kept_on_the_click(client, path):
    client.get(path)
    response = report(client, path, blocker="yes")
    [click] = Click.objects.all()
    assert (response.status_code, response.json()) == (200, {"hints": ["blocker"]})
    assert (click.blocker_seen, click.cookies_kept) == (True, True)
    assert click.evidence_at is not None


def test_a_browser_that_keeps_no_cookies_is_told_so(client, path):
    client.get(path)
    client.cookies.clear()
    assert report(client, path, blocker="no").json() == {"hints": ["cookies"]}
    assert Click.objects.get().cookies_kept is False


def test_clean_evidence_is_final_and_asks_for_nothing(client, path):
    client.get(path)
    assert report(client, path, blocker="no").json() == {"hints": []}
    first = Click.objects.get().evidence_at
    report(client, path, blocker="yes")
    [click] = Click.objects.all()
    assert (click.blocker_seen, click.evidence_at) == (False, first)


def test_a_shopper_who_has_paused_the_blocker_and_looked_again_is_clean(client, path):
    client.get(path)
    report(client, path, blocker="yes")
    report(client, path, blocker="no")
    assert Click.objects.get().blocker_seen is False


def test_evidence_of_one_click_leaves_the_others_alone(client, path, alice, offer):
    other = make.click(by=alice, on=offer)
    client.get(path)
    report(client, path, blocker="yes")
    other.refresh_from_db()
    assert (other.blocker_seen, other.cookies_kept, other.evidence_at) == (None, None, None)


@pytest.mark.parametrize(
    "body", [{"blocker": "maybe"}, {"blocker": ""}, {"block": "yes"}, {"blocker": "\x00"}]
)
def test_evidence_that_makes_no_sense_is_refused_and_not_kept(client, path, body):
    response = client.post(f"{path}/evidence", body)
    assert (response.status_code, response.json()) == (400, {"code": "evidence_unreadable"})
    assert Click.objects.get().evidence_at is None


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"{", "application/json"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
    ],
)
def test_a_body_that_is_no_form_is_refused(client, path, content, content_type):
    response = client.post(f"{path}/evidence", content, content_type=content_type)
    assert response.status_code == 400
    assert Click.objects.get().evidence_at is None


def test_evidence_is_posted_and_the_page_only_read(client, path):
    assert client.get(f"{path}/evidence").status_code == 405
    assert client.post(path).status_code == 405


def test_evidence_comes_with_its_token_or_not_at_all(client, path, at):
    assert report(client, path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 403
    with time_machine.travel(at + timedelta(minutes=31)):
        assert report(client, path).json() == {"code": "way_out_expired"}
    assert Click.objects.get().evidence_at is None


# --- Hostile and old addresses ---


def test_an_old_page_leads_back_to_the_shops_own_page(client, path, at):
    with time_machine.travel(at + timedelta(minutes=31)):
        response = client.get(path)
    assert response.status_code == 403
    assert 'href="/s/acorn/shops/okolitsa/"' in response.content.decode()
    assert "ad.example" not in response.content.decode()


def test_a_storefront_that_has_closed_meanwhile_says_so(client, path, acorn):
    type(acorn).objects.update(is_active=False)
    response = client.get(path)
    assert response.status_code == 404
    assert "ad.example" not in response.content.decode()


def test_a_thousand_changed_tokens_lead_nowhere_and_break_nothing(client, path):
    """Letters changed, cut out, doubled and swapped, by a fixed seed."""
    dice = random.Random(20261123)
    token = path.removeprefix("/out/")
    for _each in range(1000):
        changed = _changed(token, dice)
        response = client.get(f"/out/{changed}")
        assert response.status_code in {403, 404}, changed
        assert "Location" not in response.headers
        assert b"ad.example" not in response.content
        assert report(client, f"/out/{changed}").status_code in {403, 404}
    assert Click.objects.get().evidence_at is None


def _changed(token: str, dice: random.Random) -> str:
    letters = list(token)
    for _each in range(dice.randint(1, 3)):
        place = dice.randrange(len(letters))
        kind = dice.randrange(4)
        if kind == 0:
            letters[place] = dice.choice(string.ascii_letters + string.digits + "-_:.~%")
        elif kind == 1 and len(letters) > 1:
            del letters[place]
        elif kind == 2:
            letters.insert(place, letters[place])
        else:
            other = dice.randrange(len(letters))
            letters[place], letters[other] = letters[other], letters[place]
    changed = "".join(letters)
    return changed if changed != token else changed + "A"


@pytest.mark.parametrize(
    "text",
    ["x", "a" * 10_000, "%00", "ключ", "..", ":", "::", ".eJw:x", "https:example.com", "%2F%2Fevil.example"],
)
def test_what_is_no_token_gets_a_page_that_says_so(client, db, text):
    response = client.get(f"/out/{text}", headers={"accept-language": "en"})
    assert response.status_code in {403, 404}
    assert "This link is not one of ours" in response.content.decode() or response.status_code == 404


def test_a_ticket_is_no_token_for_the_page(client, ticket):
    assert client.get(f"/out/{ticket}").status_code == 403


def test_a_token_of_another_purpose_signed_with_the_same_key_is_refused(client, db):
    from django.core import signing

    forged = signing.dumps(["0" * 32, "https://evil.example/", 9_999_999_999], salt="another")
    response = client.get(f"/out/{forged}")
    assert response.status_code == 403
    assert "evil.example" not in response.content.decode()


def test_a_good_token_of_a_click_that_is_gone_is_refused_politely(client, path):
    Click.objects.all().delete()
    assert client.get(path).status_code == 404
