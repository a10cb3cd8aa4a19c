"""How often anybody may ask for a code, and who counts as one."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import RequestFactory, override_settings

from partners import limits
from partners.limits import TooOften
from partners.models import MailCode
from partners.notices.models import Letter
from partners.sign_in import codes, services
from tests import make
from tests.partners.letters import code_for, other_than

ANNA = "anna@example.com"


@pytest.fixture
def corner(db):
    return make.storefront(slug="corner", name="Corner Club", locale="en", has_email_sign_in=True)


def ask(client, address: str = ANNA, **options):
    return client.post("/s/corner/sign-in/", {"email": address}, **options)


def wait_until_asked(place, at) -> int:
    """Asks for a code of Anna's; the seconds to wait when that was too often, or 0."""
    try:
        services.ask_for_code(storefront=place, typed=ANNA, language="en", at=at)
    except TooOften as refusal:
        return refusal.wait
    return 0


def test_a_second_letter_within_a_minute_is_refused_with_the_time_to_wait(client, corner):
    assert ask(client).status_code == 303
    answer = ask(client)
    assert answer.status_code == 429
    assert 55 <= int(answer.headers["Retry-After"]) <= 60
    assert f"Try again in {answer.headers['Retry-After']} seconds." in answer.content.decode()
    assert Letter.objects.count() == 1


def test_a_new_code_is_sent_again_once_the_minute_is_over(client, corner):
    page = ask(client).headers["Location"]
    assert client.post(f"{page}again/").status_code == 429
    MailCode.objects.update(created_at=MailCode.objects.get().created_at - codes.PAUSE)
    answer = client.post(f"{page}again/")
    assert answer.status_code == 303
    assert answer.headers["Location"] != page
    assert Letter.objects.count() == 2


def test_the_page_says_when_a_new_code_can_be_asked_for(client, corner):
    page = ask(client).headers["Location"]
    assert "Ask again in <span>60</span> seconds" in client.get(page).content.decode()
    MailCode.objects.update(created_at=MailCode.objects.get().created_at - codes.PAUSE)
    assert "data-countdown" not in client.get(page).content.decode()


def test_an_address_gets_five_letters_an_hour_and_twelve_a_day(corner, at):
    waits = [wait_until_asked(corner, at + timedelta(minutes=minute)) for minute in range(6)]
    assert waits == [0, 0, 0, 0, 0, 55 * 60]
    waits = [wait_until_asked(corner, at + timedelta(minutes=15 * step)) for step in range(5, 13)]
    assert waits[:7] == [0] * 7
    assert waits[7] == (24 * 60 - 15 * 12) * 60
    assert Letter.objects.count() == 12


def test_a_client_gets_sixty_letters_an_hour_whatever_the_addresses(client, corner):
    statuses = [ask(client, f"shopper{number}@example.com").status_code for number in range(61)]
    assert statuses == [303] * 60 + [429]
    assert Letter.objects.count() == 60
    assert ask(client, REMOTE_ADDR="192.0.2.1").status_code == 303


def test_a_client_tries_so_many_codes_an_hour(client, corner, at):
    page = ask(client).headers["Location"]
    for _ in range(300):
        limits.count("sign-in-try", by="127.0.0.1", most=300, seconds=3600, at=at)
    answer = client.post(page, {"code": "123456"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert MailCode.objects.get().tries == 0


def test_who_guesses_at_many_addresses_is_stopped_before_a_right_guess_counts(client, corner, at):
    for number in range(6):
        address = f"shopper{number}@example.com"
        page = ask(client, address).headers["Location"]
        for _ in range(5):
            assert client.post(page, {"code": other_than(code_for(address))}).status_code == 422
    assert MailCode.objects.filter(tries=5).count() == 6
    page = ask(client).headers["Location"]
    code = code_for(ANNA)
    answer = client.post(page, {"code": code})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert client.post(page, {"code": code}, REMOTE_ADDR="192.0.2.1").status_code == 303


def test_what_is_no_code_at_all_is_no_guess(client, corner):
    page = ask(client).headers["Location"]
    for _ in range(31):
        client.post(page, {"code": "12345"})
    assert client.post(page, {"code": code_for(ANNA)}).status_code == 303


def test_a_window_that_is_over_counts_no_more(db, at):
    start = at.replace(minute=0, second=0, microsecond=0)
    limits.count("x", by="anna", most=1, seconds=3600, at=start)
    with pytest.raises(TooOften) as refused:
        limits.count("x", by="anna", most=1, seconds=3600, at=start + timedelta(minutes=59))
    assert refused.value.wait == 60
    limits.count("x", by="bob", most=1, seconds=3600, at=start)
    limits.count("x", by="anna", most=1, seconds=3600, at=start + timedelta(hours=1))


def test_a_cache_out_of_reach_keeps_nobody_out(client, corner):
    gone = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1"}}
    with override_settings(CACHES=gone):
        assert ask(client).status_code == 303
        assert ask(client).status_code == 429  # this one is counted in the database


@pytest.mark.parametrize(
    ("proxy", "seen", "forwarded", "client"),
    [
        (False, "192.0.2.1", "", "192.0.2.1"),
        (False, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (True, "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (True, "10.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        (True, "10.0.0.1", "", "10.0.0.1"),
        (False, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        (True, "10.0.0.1", "1.2.3.4, 2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        (True, "10.0.0.1", "not: an address", "not: an address"),
        (False, "::ffff:192.0.2.1", "", "192.0.2.1"),
        (True, "10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_a_client_is_the_address_that_nobody_can_make_up(proxy, seen, forwarded, client):
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR=seen, headers=headers)
    header = ("HTTP_X_FORWARDED_PROTO", "https") if proxy else None
    with override_settings(SECURE_PROXY_SSL_HEADER=header):
        assert limits.client_of(request) == client
