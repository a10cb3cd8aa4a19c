"""Shoppers choose their letters, and stop them all by one click without signing in."""

import random
import string
from urllib.parse import urlsplit

import pytest
from django.test import Client

from partners import merging, storefronts
from partners.notices import addresses, links, preferences, services
from partners.notices.models import Letter, Preference, Suppression
from tests import make
from tests.notices.conftest import subjects, tell_news

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/s/acorn/me/notices/"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def signed_on(client, alice) -> Client:
    alice.chosen_locale = "en"
    alice.save()
    make.sign_on(client, alice)
    return client


def path_of(shopper) -> str:
    return urlsplit(links.unsubscribe(shopper)).path


def chosen(shopper) -> dict[str, bool]:
    found = preferences.of(shopper)
    return {name: getattr(found, name) for name in preferences.SWITCHES}


def test_all_kinds_are_on_until_the_shopper_chooses(signed_on, alice):
    page = signed_on.get(PAGE)
    assert page.status_code == 200
    assert page.content.decode().count("checked") == 4
    assert Preference.objects.count() == 0


def test_choice_is_saved_and_shown(signed_on, alice):
    answer = signed_on.post(PAGE, {"confirmed": "on", "terms": "on"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?saved=1")
    assert chosen(alice) == {"tracked": False, "confirmed": True, "changed": False, "terms": True}
    page = signed_on.get(answer.headers["Location"]).content.decode()
    assert page.count("checked") == 2
    assert "Saved." in page


def test_choice_is_one_shoppers_alone(signed_on, alice, bob, acorn):
    signed_on.post(PAGE, {})
    other = make.shopper(acorn, "carol")
    assert chosen(alice) == dict.fromkeys(preferences.SWITCHES, False)
    assert chosen(other) == chosen(bob) == dict.fromkeys(preferences.SWITCHES, True)


@pytest.mark.parametrize(
    "body", [{"tracked": "yes"}, {"tracked": "\x00"}, {"rubbish": "on"}, {"tracked": "on" * 9999}]
)
def test_rubbish_switches_nothing_on(signed_on, alice, body):
    assert signed_on.post(PAGE, body).status_code == 303
    assert chosen(alice) == dict.fromkeys(preferences.SWITCHES, False)


def test_guest_sees_the_way_in_and_changes_nothing(client, acorn, alice):
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE, {"tracked": "on"}).status_code == 403
    assert Preference.objects.count() == 0


def test_another_sites_page_changes_nothing(signed_on, alice):
    answer = signed_on.post(PAGE, {}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert Preference.objects.count() == 0


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(signed_on, method):
    assert getattr(signed_on, method)(PAGE).status_code == 405


def test_page_says_why_no_letter_comes(signed_on, alice):
    assert "Letters go to alice@mail.test." in signed_on.get(PAGE).content.decode()
    preferences.unsubscribe(shopper=alice, at=alice.email_confirmed_at)
    page = signed_on.get(PAGE).content.decode()
    assert "You have unsubscribed" in page
    assert "checked" not in page
    Suppression.objects.update(reason="complained")
    assert "We no longer write to your address" in signed_on.get(PAGE).content.decode()
    alice.email_confirmed_at = None
    alice.save()
    page = signed_on.get(PAGE).content.decode()
    assert "No letters reach you yet" in page
    assert "/s/acorn/me/profile/" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_page_costs_the_same_however_much_was_sent(
    signed_on, alice, acorn, at, rows, django_assert_num_queries
):
    for _number in range(rows):
        services.post(
            storefront=acorn, to=alice.email, language="en", letter="x", context={}, at=at, unsubscribe=alice
        )
    signed_on.get(PAGE)
    with django_assert_num_queries(5):
        signed_on.get(PAGE)


# --- One click -----------------------------------------------------------------------------------------------


def test_letter_carries_the_link_in_header_and_body(sink, ozon, at):
    ozon.buy()
    tell_news(at)
    [letter] = sink.letters()
    headers, address = dict(letter.headers), links.unsubscribe(ozon.shopper)
    assert headers["List-Unsubscribe"].replace("\n", "").replace(" ", "") == f"<{address}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in letter.text
    assert address in letter.html
    assert "alice" not in address


def test_one_click_stops_all_notices_without_a_cookie(sink, ozon, at):
    mail_provider = Client(enforce_csrf_checks=True)
    for _number in range(3):
        answer = mail_provider.post(
            path_of(ozon.shopper), ONE_CLICK, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert (answer.status_code, answer.cookies) == (200, {})
    assert Suppression.objects.count() == 1
    ozon.buy()
    tell_news(at)
    assert subjects(sink) == []


def test_one_click_in_a_multipart_body_counts_too(alice):
    answer = Client().post(path_of(alice), ONE_CLICK)  # the test client's default is multipart
    assert answer.status_code == 200
    assert addresses.suppression(alice).reason == "unsubscribed"
    urlencoded = "application/x-www-form-urlencoded"
    assert Client().post(path_of(alice), "List-Unsubscribe=One-Click", urlencoded).status_code == 200


def test_one_click_of_a_letter_to_who_is_somebody_else_now_stops_theirs(alice, at):
    path, carol = path_of(alice), make.shopper(alice.storefront, "carol")
    merging.merge(gone=alice, into=carol, at=at)
    carol.refresh_from_db()
    assert addresses.takes_notices(carol)
    assert Client().post(path, ONE_CLICK).status_code == 200
    assert not addresses.takes_notices(carol)


def test_the_link_keeps_the_port_that_we_use(alice, settings):
    settings.SITE_URL = "https://cashback.example:8443"
    alice.storefront.host = "cb.acorn.example"
    assert links.unsubscribe(alice).startswith("https://cb.acorn.example:8443/unsubscribe/")
    assert links.page(alice.storefront, "shops") == "https://cb.acorn.example:8443/"


def test_looking_at_the_link_stops_nothing(alice):
    page = Client().get(path_of(alice))
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert 'name="List-Unsubscribe" value="One-Click"' in page.content.decode()
    assert Client().head(path_of(alice)).status_code == 200
    assert Suppression.objects.count() == 0


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "no"}, {"list-unsubscribe": "One-Click"}])
def test_post_that_does_not_say_so_stops_nothing(alice, body):
    assert Client().post(path_of(alice), body).status_code == 400
    assert Suppression.objects.count() == 0


def test_codes_still_come_after_an_unsubscription(sink, alice, acorn, at):
    preferences.unsubscribe(shopper=alice, at=at)
    letter = services.post(
        storefront=acorn,
        to=alice.email,
        language="en",
        letter="sign_in_code",
        context={"code": "402817", "minutes": 10},
        at=at,
    )
    services.send(letter_id=letter.pk, at=at)
    assert len(subjects(sink)) == 1


def test_unsubscription_is_of_one_storefront(alice, bob, at):
    bob.email = alice.email
    bob.save()
    preferences.unsubscribe(shopper=alice, at=at)
    assert not addresses.takes_notices(alice)
    assert addresses.takes_notices(bob)


def test_who_switches_a_letter_on_is_subscribed_again(signed_on, alice, at):
    preferences.unsubscribe(shopper=alice, at=at)
    signed_on.post(PAGE, {})
    assert not addresses.takes_notices(alice)
    signed_on.post(PAGE, {"confirmed": "on"})
    assert addresses.takes_notices(alice)


def test_complaint_outlives_the_shoppers_switches(signed_on, alice, acorn, at):
    hashed = addresses.hashed(alice.email, storefront=acorn)
    for reason in ("unsubscribed", "complained", "unsubscribed"):
        services.suppress(storefront=acorn, address_hash=hashed, reason=reason, at=at)
    signed_on.post(PAGE, {"confirmed": "on"})
    assert addresses.suppression(alice).reason == "complained"


def test_link_works_on_the_partners_own_host(alice, acorn):
    acorn.host = "cashback.acorn.test"
    acorn.save()
    address = links.unsubscribe(alice)
    assert address.startswith(f"{storefronts.address(acorn)}unsubscribe/")
    assert urlsplit(address).hostname == "cashback.acorn.test"
    answer = Client().post(path_of(alice), ONE_CLICK, headers={"Host": "cashback.acorn.test"})
    assert answer.status_code == 200
    assert not addresses.takes_notices(alice)


def test_link_of_a_closed_storefront_is_no_page(alice, acorn):
    acorn.is_active = False
    acorn.save()
    assert Client().post(path_of(alice), ONE_CLICK).status_code == 404


def test_no_mutated_token_stops_anything_or_breaks(alice):
    dice = random.Random(8)
    path = path_of(alice)
    start, token = path[: path.rindex("/") + 1], path[path.rindex("/") + 1 :]
    letters = string.ascii_letters + string.digits + "-_:.%\u0436"
    client = Client()
    for number in range(500):
        place = dice.randrange(len(token))
        changed = (
            token[:place] + dice.choice(letters.replace(token[place], "")) + token[place + 1 :],
            token[:place] + token[place + 1 :],
            token[:place] + dice.choice(letters) + token[place:],
            token[:place],
            token.swapcase()[: place + 1] + token[place + 1 :],
        )[number % 5]
        if changed == token:
            continue
        answer = client.post(start + changed, ONE_CLICK)
        assert answer.status_code == 404, changed
    assert Suppression.objects.count() == 0


@pytest.mark.parametrize("token", ["%00", "-", "a-b", "x" * 5000, "%ff%fe", "..%2f..%2fadmin"])
def test_rubbish_tokens_are_not_found(alice, token):
    assert Client().post(f"/unsubscribe/{token}", ONE_CLICK).status_code == 404


# --- Personal data -------------------------------------------------------------------------------------------


def test_export_holds_choices_and_letters(sink, ozon, at):
    from partners.notices.about_shoppers import KEEPER

    ozon.buy()
    tell_news(at)
    preferences.choose(shopper=ozon.shopper, switches={"terms": True})
    held = KEEPER.export(ozon.shopper)
    assert held["preferences"] == {"tracked": False, "confirmed": False, "changed": False, "terms": True}
    assert [(each["letter"], each["to"], each["state"]) for each in held["letters"]] == [
        ("purchases", "a***@mail.test", "sent")
    ]


def test_erasure_leaves_no_letter_notice_or_choice(sink, ozon, bob, acorn, at):
    from partners.notices.about_shoppers import KEEPER

    shopper = ozon.shopper
    ozon.buy()
    tell_news(at)
    facts = {"language": "en", "letter": "sign_in_code", "context": {}, "at": at}
    services.post(storefront=acorn, to=shopper.email, **facts)
    others = services.post(storefront=bob.storefront, to=bob.email, **facts)
    preferences.choose(shopper=shopper, switches={})
    for _number in range(2):
        KEEPER.erase(shopper, {}, at)
    assert list(Letter.objects.all()) == [others]
    assert (shopper.notices.count(), Preference.objects.count()) == (0, 0)
