"""Signing in by a code sent by e-mail, where a storefront has nobody else to sign its shoppers on."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cashback.lib import ids
from partners.models import MailCode, PilotShopper, Shopper
from partners.notices.models import Letter
from partners.sign_in import codes, services
from partners.sign_in.addresses import NotAnAddress, normal, veiled
from tests import make
from tests.partners.letters import code_for, other_than, written_to

ANNA = "anna@example.com"


@pytest.fixture
def corner(db):
    """A storefront of a partner without a developer: the whole integration is a link to it."""
    return make.storefront(slug="corner", name="Corner Club", locale="en", has_email_sign_in=True)


def ask(client, address: str = ANNA, **options):
    return client.post("/s/corner/sign-in/", {"email": address}, **options)


def enter(client, page: str, code: str):
    return client.post(page, {"code": code})


def a_minute_later() -> None:
    """What has been sent was sent long enough ago to ask again."""
    MailCode.objects.update(created_at=codes.PAUSE * -1 + MailCode.objects.latest("pk").created_at)


def session_of(client) -> str:
    return client.cookies["cb-corner"].value if "cb-corner" in client.cookies else ""


def test_an_address_and_the_code_sent_there_are_enough(client, corner):
    assert 'action="/s/corner/sign-in/"' in client.get("/s/corner/sign-in/").content.decode()
    asked = ask(client)
    assert asked.status_code == 303
    page = client.get(asked.headers["Location"])
    assert "a•••@example.com" in page.content.decode()
    assert 'autocomplete="one-time-code"' in page.content.decode()
    signed_in = enter(client, asked.headers["Location"], code_for(ANNA))
    assert (signed_in.status_code, signed_in.headers["Location"]) == (303, "/s/corner/")
    [anna] = Shopper.objects.all()
    assert re.fullmatch("mail-[0-9a-f]{20}", anna.external_id)
    assert (anna.email, anna.signs_in_by_email, anna.storefront) == (ANNA, True, corner)
    assert anna.email_confirmed_at is not None
    assert client.get("/s/corner/me/").status_code == 200


def test_the_letter_carries_the_code_in_the_readers_language(client, corner):
    client.get("/s/corner/language/ru/")
    ask(client)
    [letter] = written_to(ANNA)
    assert (letter.letter, letter.language, letter.storefront) == ("sign_in_code", "ru", corner)
    assert re.fullmatch("[0-9]{6}", code_for(ANNA))


def test_the_second_time_it_is_the_same_shopper(client, corner):
    for _ in range(2):
        enter(client, ask(client).headers["Location"], code_for(ANNA))
        client.cookies.clear()
        a_minute_later()
    assert Shopper.objects.count() == 1


def test_a_code_is_read_with_the_spaces_that_people_type(client, corner):
    asked = ask(client)
    code = code_for(ANNA)
    assert enter(client, asked.headers["Location"], f" {code[:3]} {code[3:]} ").status_code == 303


def test_whoever_is_signed_in_already_is_sent_on(client, corner):
    make.sign_on(client, make.shopper(corner, "anna"))
    answer = client.get("/s/corner/sign-in/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/s/corner/")


def test_the_shopper_comes_back_to_the_page_they_left(client, corner):
    asked = client.post("/s/corner/sign-in/?next=/s/corner/coupons/%3Fpage%3D2", {"email": ANNA})
    signed_in = enter(client, asked.headers["Location"], code_for(ANNA))
    assert signed_in.headers["Location"] == "/s/corner/coupons/?page=2"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/s/acorn/", "javascript:alert(1)", "/s/corner/\\\\evil", ""],
)
def test_the_way_on_never_leaves_the_storefront(client, corner, target):
    asked = client.post("/s/corner/sign-in/", {"email": ANNA}, query_params={"next": target})
    signed_in = enter(client, asked.headers["Location"], code_for(ANNA))
    assert signed_in.headers["Location"] in {"/s/corner/", "/s/corner/%5C%5Cevil"}


# --- Where there is no such door


@pytest.mark.parametrize("path", ["sign-in/", f"sign-in/{'0' * 26}/", f"sign-in/{'0' * 26}/again/"])
def test_a_storefront_whose_partner_signs_on_has_no_such_page(client, acorn, path):
    assert client.get(f"/s/acorn/{path}").status_code in {404, 405}
    assert client.post(f"/s/acorn/{path}", {"email": ANNA, "code": "123456"}).status_code == 404
    assert not MailCode.objects.exists()
    assert not Letter.objects.exists()


def test_guests_are_shown_the_door_where_there_is_one(client, corner, acorn):
    assert 'href="/s/corner/sign-in/"' in client.get("/s/corner/").content.decode()
    assert "sign-in" not in client.get("/s/acorn/").content.decode()


def test_signing_out_brings_the_door_back(client, corner):
    make.sign_on(client, make.shopper(corner, "anna"))
    assert 'href="/s/corner/sign-in/"' not in client.get("/s/corner/").content.decode()
    client.post("/s/corner/sign-out/")
    assert 'href="/s/corner/sign-in/"' in client.get("/s/corner/").content.decode()


# --- Addresses


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Anna@Example.COM ", ANNA),
        ("ANNA+Shop@example.com", "anna+shop@example.com"),
        ("анна@example.com".replace("анна", "anna"), ANNA),
        ("anna@Пример.рф", "anna@xn--e1afmkfd.xn--p1ai"),
        ("anna@xn--e1afmkfd.xn--p1ai", "anna@xn--e1afmkfd.xn--p1ai"),
        ("anna@EXAMPLE。com", ANNA),
    ],
)
def test_an_address_has_one_spelling(typed, kept):
    assert normal(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "anna",
        "@example.com",
        "anna@",
        "anna@localhost",
        "anna@[127.0.0.1]",
        "anna@exa mple.com",
        "анна@example.com",
        "anna@example.com\nBcc: eve@example.com",
        "anna@example.com, eve@example.com",
        "anna\x00@example.com",
        "anna@-example.com",
        "a" * 65 + "@" + "b" * 64 + ".com",
        "a" * 60 + "@" + ".".join(["b" * 60] * 4) + ".com",
        "\ud800@example.com",
        "anna@\ud800.com",
        "<script>@example.com",
    ],
)
def test_what_is_no_address_is_refused_and_nothing_is_sent(client, corner, typed):
    with pytest.raises(NotAnAddress):
        normal(typed)
    answer = ask(client, typed.encode("utf-8", "surrogatepass") if "\ud800" in typed else typed)
    assert answer.status_code == 422
    assert not MailCode.objects.exists()
    assert not Letter.objects.exists()


def test_what_was_typed_comes_back_escaped(client, corner):
    page = ask(client, '"><script>alert(1)</script>').content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (ANNA, "a•••@example.com"),
        ("anna@xn--e1afmkfd.xn--p1ai", "a•••@пример.рф"),
        ("a@b.example", "a•••@b.example"),
    ],
)
def test_only_its_owner_recognises_a_veiled_address(address, shown):
    assert veiled(address) == shown


# --- Codes that open nothing


def test_a_wrong_code_opens_nothing_and_says_how_many_tries_are_left(client, corner):
    asked = ask(client)
    answer = enter(client, asked.headers["Location"], other_than(code_for(ANNA)))
    assert answer.status_code == 422
    assert "You have 4 more tries." in answer.content.decode()
    assert (session_of(client), Shopper.objects.count()) == ("", 0)
    assert MailCode.objects.get().tries == 1


def test_after_five_wrong_codes_the_right_one_opens_nothing(client, corner):
    page, code = ask(client).headers["Location"], code_for(ANNA)
    answers = [enter(client, page, other_than(code)) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 5
    assert "This code no longer works." in answers[-1].content.decode()
    assert "This code no longer works." in enter(client, page, code).content.decode()
    assert (session_of(client), Shopper.objects.count()) == ("", 0)


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "12345６", "१२३४५६", "½23456", "12\x00345", "9" * 5000]
)
def test_what_is_no_code_costs_no_try(client, corner, typed):
    asked = ask(client)
    assert enter(client, asked.headers["Location"], typed).status_code == 422
    assert MailCode.objects.get().tries == 0
    assert session_of(client) == ""


def test_a_code_works_for_ten_minutes(client, corner, at):
    handle = services.ask_for_code(storefront=corner, typed=ANNA, language="en", at=at)
    waiting = codes.find(storefront=corner, purpose=MailCode.Purpose.SIGN_IN, handle=handle)
    with pytest.raises(codes.CodeRefused) as refused:
        services.sign_in(waiting=waiting, typed=code_for(ANNA), language="en", at=at + timedelta(minutes=10))
    assert refused.value.code == "code_closed"
    assert not Shopper.objects.exists()
    moment_before = at + timedelta(minutes=9, seconds=59)
    assert (
        services.sign_in(waiting=waiting, typed=code_for(ANNA), language="en", at=moment_before).email == ANNA
    )


def test_a_code_opens_once(client, corner):
    page, code = ask(client).headers["Location"], code_for(ANNA)
    assert enter(client, page, code).status_code == 303
    client.cookies.clear()
    assert enter(client, page, code).status_code == 422
    assert session_of(client) == ""


def test_only_the_newest_code_of_an_address_opens(client, corner):
    first, old = ask(client).headers["Location"], code_for(ANNA)
    a_minute_later()
    second, new = ask(client).headers["Location"], code_for(ANNA)
    assert enter(client, first, old).status_code == 422
    assert "This code no longer works." in client.get(first).content.decode()
    if old != new:
        assert enter(client, second, old).status_code == 422
    assert enter(client, second, new).status_code == 303


def test_the_code_of_one_storefront_opens_no_other(client, corner, db):
    make.storefront(slug="other", has_email_sign_in=True)
    page = ask(client).headers["Location"]
    assert enter(client, page.replace("/s/corner/", "/s/other/"), code_for(ANNA)).status_code == 404
    assert MailCode.objects.get().tries == 0


def test_a_code_that_confirms_an_address_signs_nobody_in(client, corner, at):
    anna = make.shopper(corner, "anna")
    issued = codes.issue(storefront=corner, email=ANNA, purpose=MailCode.Purpose.CONFIRM, shopper=anna, at=at)
    assert enter(client, f"/s/corner/sign-in/{ids.suffix(issued.row.pk)}/", issued.code).status_code == 404


@pytest.mark.parametrize(
    "handle", ["x", "0" * 25, "0" * 26, "z" * 26, "0" * 500, "%00", "..%2f..", "ａ" * 26]
)
def test_a_page_of_no_code_is_not_found(client, corner, handle):
    for path in (f"/s/corner/sign-in/{handle}/", f"/s/corner/sign-in/{handle}/again/"):
        assert client.post(path, {"code": "123456"}).status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client, corner, method):
    assert getattr(client, method)("/s/corner/sign-in/").status_code == 405


def test_another_sites_page_cannot_ask_for_codes(client, corner):
    assert ask(client, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert ask(client, headers={"Origin": "https://evil.example"}).status_code == 403
    assert not Letter.objects.exists()


def test_no_table_holds_a_code_that_could_be_read(client, corner):
    ask(client)
    code = code_for(ANNA)
    [row] = MailCode.objects.values_list()
    assert code not in map(str, row)
    assert len(MailCode.objects.get().digest) == 64
    assert (
        code
        not in Letter.objects.extra(select={"stored": "context::text"}).values_list("stored", flat=True)[0]
    )


def test_codes_and_their_addresses_are_forgotten_after_a_day(client, corner, at):
    ask(client)
    assert codes.forget(at=at + timedelta(hours=23)) == 0
    assert codes.forget(at=at + timedelta(hours=25)) == 1
    assert not MailCode.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sixteen_who_type_one_code_at_once_are_one_sign_in(corner, at):
    handle = services.ask_for_code(storefront=corner, typed=ANNA, language="en", at=at)
    waiting = codes.find(storefront=corner, purpose=MailCode.Purpose.SIGN_IN, handle=handle)
    code = code_for(ANNA)

    def attempt(_number: int) -> str:
        try:
            return services.sign_in(waiting=waiting, typed=code, language="en", at=at).email
        except codes.CodeRefused as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        outcomes = sorted(pool.map(attempt, range(16)))
    assert outcomes == [ANNA] + ["code_closed"] * 15
    assert Shopper.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_sixteen_wrong_guesses_at_once_are_five_tries(corner, at):
    handle = services.ask_for_code(storefront=corner, typed=ANNA, language="en", at=at)
    waiting = codes.find(storefront=corner, purpose=MailCode.Purpose.SIGN_IN, handle=handle)
    wrong = other_than(code_for(ANNA))

    def attempt(_number: int) -> str:
        try:
            services.sign_in(waiting=waiting, typed=wrong, language="en", at=at)
        except codes.CodeRefused as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        outcomes = sorted(pool.map(attempt, range(16)))
    assert outcomes == ["code_closed"] * 12 + ["code_wrong"] * 4
    assert MailCode.objects.get().tries == 5


@pytest.mark.django_db(transaction=True)
def test_eight_who_ask_for_one_address_at_once_send_one_letter(corner, at):
    def attempt(_number: int) -> int:
        try:
            return ask(Client()).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(attempt, range(8)))
    assert outcomes == [303] + [429] * 7
    assert len(written_to(ANNA)) == 1


# --- Nobody learns who is known here


def _told(client, address: str) -> tuple:
    """All that somebody who asks for the address sees, but for the random handle of the page."""
    with CaptureQueriesContext(connection) as asked:
        first = ask(client, address)
        queries = len(asked)
    handle = first.headers["Location"].split("/")[-2]
    second = client.get(first.headers["Location"])
    kept = {
        name: value.replace(handle, "HANDLE")
        for name, value in first.headers.items()
        if name not in {"X-Request-Id", "Expires"}  # they differ between any two answers
    }
    assert queries > 5
    return first.status_code, kept, second.content.decode().replace(handle, "HANDLE"), queries


@pytest.fixture
def three_addresses(corner):
    """One is a shopper's and listed, one is listed and new, one is a stranger's. They look alike when veiled."""
    make.shopper(corner, "mail-1")
    Shopper.objects.filter(external_id="mail-1").update(email="known@example.com", signs_in_by_email=True)
    for name in ("known@example.com", "keen@example.com"):
        PilotShopper.objects.create(partner=corner.partner, storefront=corner, name=name)
    return ["known@example.com", "keen@example.com", "kuno@example.com"]


@pytest.mark.parametrize("is_pilot", [False, True])
def test_known_new_and_uninvited_addresses_get_the_same_answer(client, corner, three_addresses, is_pilot):
    type(corner).objects.filter(pk=corner.pk).update(is_pilot=is_pilot)
    known, new, stranger = [_told(client, address) for address in three_addresses]
    assert known == new == stranger


def test_only_the_letter_says_that_somebody_is_not_invited(client, corner, three_addresses):
    type(corner).objects.filter(pk=corner.pk).update(is_pilot=True)
    for address in three_addresses:
        ask(client, address)
    assert [written_to(address)[0].letter for address in three_addresses] == [
        "sign_in_code",
        "sign_in_code",
        "sign_in_not_yet",
    ]
    assert written_to(three_addresses[2])[0].context == "{}"


def test_an_invited_shopper_signs_in_before_the_opening(client, corner, three_addresses):
    type(corner).objects.filter(pk=corner.pk).update(is_pilot=True)
    page = ask(client, "keen@example.com").headers["Location"]
    assert enter(client, page, code_for("keen@example.com")).status_code == 303
    assert client.get("/s/corner/me/").status_code == 200
