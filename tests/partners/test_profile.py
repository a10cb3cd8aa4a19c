"""A shopper's own page: language, address, and what becomes of the old address."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.models import MailCode, PilotShopper, Shopper
from partners.notices.models import Letter
from partners.sign_in import codes
from tests import make
from tests.partners.letters import code_for, other_than, written_to

NEW, OLD = "new@example.com", "old@example.com"


@pytest.fixture
def bob_here(client, bob):
    """Bob is signed on at Birch, which speaks English."""
    make.sign_on(client, bob)
    return bob


def give_address(who: Shopper, address: str, at, *, signs_in: bool = False) -> None:
    Shopper.objects.filter(pk=who.pk).update(email=address, email_confirmed_at=at, signs_in_by_email=signs_in)


def ask(client, address: str):
    return client.post("/s/birch/me/profile/email/", {"email": address})


def address_of(who: Shopper) -> tuple[str, bool]:
    found = Shopper.objects.get(pk=who.pk)
    return found.email, found.email_confirmed_at is not None


def test_the_page_shows_what_we_know_and_what_can_be_done(client, bob_here):
    page = client.get("/s/birch/me/profile/").content.decode()
    assert bob_here.public_id in page
    assert "Dates and times are shown for UTC." in page
    for path in ("me/export/", "me/delete/", "me/profile/email/", "sign-out/"):
        assert f'"/s/birch/{path}"' in page


PAGES = [
    ("get", "me/profile/"),
    ("post", "me/profile/"),
    ("post", "me/profile/email/"),
    ("post", "me/profile/email/remove/"),
    ("get", f"me/profile/email/{'0' * 26}/"),
    ("post", f"me/profile/email/{'0' * 26}/"),
    ("post", f"me/profile/email/{'0' * 26}/again/"),
    ("get", "me/export/"),
    ("get", "me/delete/"),
    ("post", "me/delete/"),
]


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_a_guest_is_told_how_to_sign_on_and_nothing_happens(client, birch, method, path):
    answer = getattr(client, method)(f"/s/birch/{path}", {"email": NEW, "is_sure": "yes"})
    assert answer.status_code == 403
    assert "Sign in to see your profile" in answer.content.decode()
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    "path", ["me/profile/", "me/profile/email/", "me/profile/email/remove/", "me/delete/"]
)
def test_another_sites_page_can_change_nothing(client, bob_here, at, path):
    give_address(bob_here, OLD, at)
    answer = client.post(
        f"/s/birch/{path}",
        {"language": "ru", "email": NEW, "is_sure": "yes"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    bob = Shopper.objects.get(pk=bob_here.pk)
    assert (bob.email, bob.chosen_locale, bob.erased_at) == (OLD, "", None)


def test_the_profile_asks_the_same_of_the_database_with_and_without_an_address(client, bob_here, at):
    client.get("/s/birch/me/profile/")
    with CaptureQueriesContext(connection) as without:
        client.get("/s/birch/me/profile/")
    give_address(bob_here, OLD, at)
    with CaptureQueriesContext(connection) as with_address:
        client.get("/s/birch/me/profile/")
    assert len(without) == len(with_address)


# --- Language


def test_the_chosen_language_stays_with_the_shopper(client, bob_here):
    answer = client.post("/s/birch/me/profile/", {"language": "ru"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/s/birch/me/profile/?done=saved")
    client.cookies.clear()
    make.sign_on(client, bob_here)
    assert client.get("/s/birch/").headers["Content-Language"] == "ru"


@pytest.mark.parametrize("language", ["", "xx", "ru\x00", "../ru", "r" * 5000])
def test_a_language_that_we_do_not_speak_is_refused(client, bob_here, language):
    assert client.post("/s/birch/me/profile/", {"language": language}).status_code == 422
    assert Shopper.objects.get(pk=bob_here.pk).chosen_locale == ""


@pytest.mark.parametrize(
    ("zone", "language", "words"),
    [("Europe/Moscow", "ru", "Москва"), ("America/New_York", "en", "New York"), ("Etc/GMT+3", "en", "GMT+3")],
)
def test_days_are_those_of_a_city_that_people_know(client, birch, bob_here, zone, language, words):
    type(birch).objects.filter(pk=birch.pk).update(time_zone=zone)
    Shopper.objects.filter(pk=bob_here.pk).update(chosen_locale=language)
    assert words in client.get("/s/birch/me/profile/").content.decode()


# --- The address


def test_an_address_counts_once_its_code_came_back(client, bob_here):
    asked = ask(client, " New@Example.com")
    assert asked.status_code == 303
    assert address_of(bob_here) == ("", False)
    [letter] = written_to(NEW)
    assert letter.letter == "confirm_email"
    answer = client.post(asked.headers["Location"], {"code": code_for(NEW)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/s/birch/me/profile/?done=confirmed")
    assert address_of(bob_here) == (NEW, True)
    assert "Your e-mail is confirmed." in client.get(answer.headers["Location"]).content.decode()


def test_until_then_the_old_address_stays_and_afterwards_it_is_told(client, bob_here, at):
    give_address(bob_here, OLD, at)
    asked = ask(client, NEW)
    client.post(asked.headers["Location"], {"code": other_than(code_for(NEW))})
    assert address_of(bob_here) == (OLD, True)
    assert written_to(OLD) == []
    client.post(asked.headers["Location"], {"code": code_for(NEW)})
    assert address_of(bob_here) == (NEW, True)
    [told] = written_to(OLD)
    assert (told.letter, told.context) == (
        "email_changed",
        '{"address": "n\\u2022\\u2022\\u2022@example.com"}',
    )


def test_a_first_address_is_announced_to_nobody_else(client, bob_here):
    asked = ask(client, NEW)
    client.post(asked.headers["Location"], {"code": code_for(NEW)})
    assert [letter.letter for letter in Letter.objects.all()] == ["confirm_email"]


def test_a_wrong_code_leaves_everything_as_it_was(client, bob_here):
    asked = ask(client, NEW)
    answer = client.post(asked.headers["Location"], {"code": other_than(code_for(NEW))})
    assert answer.status_code == 422
    assert "You have 4 more tries." in answer.content.decode()
    assert address_of(bob_here) == ("", False)


def test_a_newer_address_closes_the_code_of_the_one_before(client, bob_here):
    first = ask(client, "first@example.com").headers["Location"]
    ask(client, NEW)
    assert client.post(first, {"code": code_for("first@example.com")}).status_code == 422
    assert address_of(bob_here) == ("", False)


def test_the_present_address_needs_no_code(client, bob_here, at):
    give_address(bob_here, OLD, at)
    answer = ask(client, OLD.upper())
    assert answer.status_code == 422
    assert "This is your address already." in answer.content.decode()
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    "typed", ["", "new", "new@localhost", "new@example.com\nBcc: eve@example.com", "x" * 6000]
)
def test_what_is_no_address_is_refused(client, bob_here, typed):
    assert ask(client, typed).status_code == 422
    assert not Letter.objects.exists()
    assert address_of(bob_here) == ("", False)


def test_the_code_of_one_shopper_confirms_nothing_for_another(client, bob_here, birch):
    page = ask(client, NEW).headers["Location"]
    carol = make.shopper(birch, "carol")
    make.sign_on(client, carol)
    assert client.get(page).status_code == 404
    assert client.post(page, {"code": code_for(NEW)}).status_code == 404
    assert client.post(f"{page}again/").status_code == 404
    assert (address_of(bob_here), address_of(carol)) == (("", False), ("", False))


def test_a_shopper_sends_ten_letters_an_hour(client, bob_here):
    statuses = [ask(client, f"new{number}@example.com").status_code for number in range(11)]
    assert statuses == [303] * 10 + [429]


def test_a_new_code_can_be_asked_for_after_a_minute(client, bob_here):
    page = ask(client, NEW).headers["Location"]
    assert client.post(f"{page}again/").status_code == 429
    MailCode.objects.update(created_at=MailCode.objects.get().created_at - codes.PAUSE)
    again = client.post(f"{page}again/")
    assert again.status_code == 303
    assert client.post(again.headers["Location"], {"code": code_for(NEW)}).status_code == 303


def test_a_removed_address_is_gone_with_its_codes(client, bob_here, at):
    give_address(bob_here, OLD, at)
    page = ask(client, NEW).headers["Location"]
    answer = client.post("/s/birch/me/profile/email/remove/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/s/birch/me/profile/?done=removed")
    assert address_of(bob_here) == ("", False)
    assert client.post(page, {"code": code_for(NEW)}).status_code == 404


def test_an_address_that_signs_in_can_be_changed_and_not_removed(client, bob_here, at):
    give_address(bob_here, OLD, at, signs_in=True)
    answer = client.post("/s/birch/me/profile/email/remove/")
    assert answer.status_code == 409
    assert "it can only be changed" in answer.content.decode()
    assert address_of(bob_here) == (OLD, True)
    asked = ask(client, NEW)
    client.post(asked.headers["Location"], {"code": code_for(NEW)})
    assert address_of(bob_here) == (NEW, True)


def test_an_address_that_signs_somebody_else_in_is_refused_to_its_reader_only(client, bob_here, birch, at):
    carol = make.shopper(birch, "mail-carol")
    give_address(carol, NEW, at, signs_in=True)
    give_address(bob_here, OLD, at, signs_in=True)
    asked = ask(client, NEW)
    assert asked.status_code == 303
    answer = client.post(asked.headers["Location"], {"code": code_for(NEW)})
    assert answer.status_code == 409
    assert "Another account signs in with this address." in answer.content.decode()
    assert (address_of(bob_here), address_of(carol)) == ((OLD, True), (NEW, True))


def test_an_invitation_to_a_pilot_moves_with_the_address(client, bob_here, birch, at):
    give_address(bob_here, OLD, at, signs_in=True)
    PilotShopper.objects.create(partner=birch.partner, storefront=birch, name=OLD)
    type(birch).objects.filter(pk=birch.pk).update(is_pilot=True)
    asked = ask(client, NEW)
    client.post(asked.headers["Location"], {"code": code_for(NEW)})
    assert [row.name for row in PilotShopper.objects.all()] == [NEW]
    assert client.get("/s/birch/me/profile/").status_code == 200
