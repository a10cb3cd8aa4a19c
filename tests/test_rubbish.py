"""Whatever can be forged, a thousand times forged: nothing is let in, nothing is done, and no answer is a 500.

The mutations are seeded. One that reads back as the original's very bytes (base64 has spare bits) is the original.
"""

import base64
import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import quote, urlsplit

import jwt
import pytest
from django.core.exceptions import ValidationError
from jwt.api_jws import PyJWS

from cashback.visitor import launch_token
from partners import launch_tokens, shopper_session, theme
from partners.embed import checklist
from partners.models import Shopper
from partners.notices import links
from tests import make
from transactions.click_out import tickets, way_out
from transactions.click_out.clicks import Departure
from transactions.models import Click

SEED = 20261123
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_ODD = (
    "",
    "\x00",
    "\n",
    "'",
    '"',
    "%00",
    "../",
    "é",
    "漢",
    "\ud800",
    ".",
    "..",
    "=",
    "+",
    "/",
    ":",
    "null",
    "0",
)


def mutants(*originals: str, count: int, seed: int = SEED) -> Iterator[str]:
    """Texts that are nearly one of the originals, and none of them."""
    dice = random.Random(seed)
    accepted = {_as_read(original) for original in originals}
    made = 0
    while made < count:
        mutant = dice.choice(_WAYS)(dice, dice.choice(originals), dice.choice(originals))
        if _as_read(mutant) not in accepted:
            made += 1
            yield mutant


def _as_read(token: str) -> tuple[object, ...]:
    """The bytes behind each part, as a lenient reader takes them."""
    return tuple(_bytes(part) for part in re.split(r"[.:]", token))


def _bytes(part: str) -> object:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return part


def _flip(dice: random.Random, token: str, _other: str) -> str:
    at = dice.randrange(len(token))
    return token[:at] + dice.choice(_LETTERS) + token[at + 1 :]


def _drop(dice: random.Random, token: str, _other: str) -> str:
    at = dice.randrange(len(token))
    return token[:at] + token[at + dice.randrange(1, 6) :]


def _insert(dice: random.Random, token: str, _other: str) -> str:
    at = dice.randrange(len(token) + 1)
    return token[:at] + dice.choice((*_ODD, dice.choice(_LETTERS))) + token[at:]


def _swap(dice: random.Random, token: str, _other: str) -> str:
    one, two = sorted(dice.sample(range(len(token)), 2))
    return token[:one] + token[two] + token[one + 1 : two] + token[one] + token[two + 1 :]


def _cross(dice: random.Random, token: str, other: str) -> str:
    """The head of one and the tail of another, which is how a signature is borrowed."""
    at = dice.randrange(1, len(token))
    return token[:at] + other[at:]


def _cut(dice: random.Random, token: str, _other: str) -> str:
    return token[: dice.randrange(len(token))]


def _grow(dice: random.Random, token: str, _other: str) -> str:
    return token * dice.choice((2, 3, 50))


def _turn(dice: random.Random, token: str, _other: str) -> str:
    return dice.choice((token[::-1], token.swapcase(), token.upper(), token.lower()))


_WAYS: tuple[Callable[[random.Random, str, str], str], ...] = (
    *((_flip,) * 6),
    *((_cross,) * 3),
    _drop,
    _insert,
    _insert,
    _swap,
    _cut,
    _grow,
    _turn,
)


def in_path(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@pytest.fixture
def carol(acorn):
    return make.shopper(acorn, "carol")


@pytest.fixture
def merchant(account):
    merchant = make.merchant("Околица", slug="okolitsa")
    make.offer(of=merchant, at=account)
    return merchant


def statuses(ask: Callable[[str], int], texts: Iterator[str]) -> set[int]:
    """What is answered; an exception in a view is the test's failure."""
    return {ask(text) for text in texts}


def test_no_mutated_launch_token_signs_anybody_on(client, acorn, bob):
    secret, partner = acorn.partner.sso_secret, acorn.partner.slug
    good = [launch_token(partner=partner, secret=secret, shopper=name) for name in ("mallory", "eve")]

    def ask(token: str) -> int:
        answer = client.get("/s/acorn/launch", {"token": token.encode("utf-8", "surrogatepass")})
        assert not answer.cookies
        return answer.status_code

    assert statuses(ask, mutants(*good, count=1000)) == {403}
    assert not Shopper.objects.filter(storefront=acorn).exists()
    assert [client.get("/s/acorn/launch", {"token": token}).status_code for token in good] == [303, 303]


def test_no_mutated_token_of_our_own_signs_anybody_on(client, acorn, at):
    """Those that a partner's server asks us for, at both doors; a good one is good after all that."""
    good = [
        launch_tokens.mint(storefront=acorn, external_id=name, locale="", return_origin="", at=at).token
        for name in ("mallory", "eve")
    ]
    acorn.embed_origins = ["https://acorn.example"]
    acorn.save()

    def at_the_top(token: str) -> int:
        return client.get("/s/acorn/launch", {"token": token.encode("utf-8", "surrogatepass")}).status_code

    def in_the_frame(token: str) -> int:
        said = {"storefront": "acorn", "origin": "https://acorn.example", "token": token}
        return client.post("/embed/session", said, content_type="application/json").status_code

    assert statuses(at_the_top, mutants(*good, count=300)) == {403}
    assert statuses(in_the_frame, mutants(*good, count=300)) <= {400, 403}
    assert not Shopper.objects.filter(storefront=acorn).exists()
    assert (at_the_top(good[0]), in_the_frame(good[1])) == (303, 200)


def test_no_launch_token_with_other_claims_signs_anybody_on(client, acorn, birch):
    secret = acorn.partner.sso_secret
    good = jwt.decode(
        launch_token(partner="acorn", secret=secret, shopper="mallory"), options={"verify_signature": False}
    )
    dice = random.Random(SEED)
    words = (
        "",
        None,
        0,
        -1,
        1e308,
        True,
        [],
        {},
        "birch",
        "x" * 5000,
        "\x00",
        ["cashback", "cashback"],
        2**70,
    )

    def forged() -> Iterator[str]:
        for _ in range(300):
            name = dice.choice(["iss", "aud", "sub", "jti", "iat", "exp", "storefront"])
            claims = good | {name: dice.choice(words)}
            if dice.random() < 0.3:
                del claims[name]
            key, algorithm = dice.choice(
                [(secret, "HS256"), ("k" * 32, "HS256"), (secret * 2, "HS512"), (None, "none")]
            )
            yield PyJWS().encode(json.dumps(claims).encode(), key, algorithm=algorithm)

    # A shopper named "birch" or one of any jti is the partner's to name; all others are refused.
    answers = {}
    for token in forged():
        claims = json.loads(_bytes(token.split(".")[1]))
        if _is_in_order(claims) and jwt.get_unverified_header(token)["alg"] == "HS256":
            continue
        answer = client.get("/s/acorn/launch", {"token": token})
        answers.setdefault(answer.status_code, []).append(claims)

    assert set(answers) == {403}, {status: claims for status, claims in answers.items() if status != 403}
    assert len(answers[403]) > 200
    assert not Shopper.objects.exists()


def _is_in_order(claims: dict) -> bool:
    names = [claims.get(name) for name in ("sub", "jti")]
    return (
        all(isinstance(name, str) and 0 < len(name) <= 128 and "\x00" not in name for name in names)
        and claims.get("storefront", "acorn") == "acorn"
        and claims.get("aud") in ("cashback", ["cashback", "cashback"])
        and claims.get("iss") == "acorn"
        and all(isinstance(claims.get(name), int) for name in ("iat", "exp"))
    )


def test_no_mutated_ticket_leads_anywhere(client, alice, carol, bob, merchant, at):
    good = [
        tickets.issue(tickets.Ticket(who.partner_id, who.storefront_id, who.pk, merchant.pk), at=at)
        for who in (alice, carol, bob)
    ]
    answers = statuses(
        lambda text: client.get(f"/go/{in_path(text)}").status_code, mutants(*good, count=1000)
    )
    # An address with a slash in it, or none at all, is nobody's.
    assert answers == {403, 404}
    assert not Click.objects.exists()
    assert client.get(f"/go/{good[0]}").status_code == 302


def test_no_mutated_address_of_the_page_before_the_shop_leads_anywhere(client, alice, carol, merchant, at):
    clicks = [make.click(by=who, on=merchant.offers.get()) for who in (alice, carol)]
    good = [
        way_out.issue(
            Departure(click.partner_id, click.pk, f"https://shop.example/{click.pk}", has_interstitial=True),
            at=at,
        )
        for click in clicks
    ]

    def ask(text: str) -> int:
        answer = client.get(f"/out/{in_path(text)}")
        assert b"shop.example" not in answer.content
        report = client.post(f"/out/{in_path(text)}/evidence", {"blocker": "1"})
        assert report.status_code in {403, 404}
        return answer.status_code

    assert statuses(ask, mutants(*good, count=500)) == {403, 404}
    assert not Click.objects.exclude(evidence_at=None).exists()
    assert b"shop.example" in client.get(f"/out/{good[0]}").content


def test_no_mutated_session_is_anybodys(client, alice, carol, bob):
    """In the cookie, and as the bearer of a frame that keeps no cookies."""
    begun = [shopper_session.begin(who) for who in (alice, carol, bob)]
    cookies, bearers = [each.as_cookie() for each in begun], [each.as_bearer() for each in begun]

    def with_cookie(text: str) -> int:
        header = text.encode("utf-8", "surrogatepass").decode("latin-1")
        return client.get("/s/acorn/me/", headers={"cookie": f"cb-acorn={header}"}).status_code

    def with_bearer(text: str) -> int:
        header = text.encode("utf-8", "surrogatepass").decode("latin-1")
        return client.get("/s/acorn/me/", headers={"authorization": f"Bearer {header}"}).status_code

    # Bob's word is good at Birch, and a cookie's word is no bearer's.
    foreign = [*mutants(*cookies, count=500), *bearers, cookies[2]]
    assert statuses(with_cookie, iter(foreign)) == {403}
    foreign = [*mutants(*bearers, count=500), *cookies, bearers[2]]
    assert statuses(with_bearer, iter(foreign)) <= {401, 403}
    assert [with_cookie(cookies[0]), with_bearer(bearers[0])] == [200, 200]


def test_no_mutated_address_in_a_letter_or_a_checklist_opens_anything(client, acorn, alice, carol, at):
    mine, theirs = (urlsplit(links.unsubscribe(who)).path.rpartition("/")[2] for who in (alice, carol))
    list_token = urlsplit(checklist.address(acorn)).path.rstrip("/").rpartition("/")[2]

    def unsubscribe(text: str) -> int:
        address = f"/unsubscribe/{in_path(text)}"
        posted = client.post(address, {"List-Unsubscribe": "One-Click"}).status_code
        assert posted == client.get(address).status_code
        return posted

    def read_list(text: str) -> int:
        return client.get(f"/s/acorn/checklist/{in_path(text)}/").status_code

    assert statuses(unsubscribe, mutants(mine, theirs, count=300)) == {404}
    assert statuses(read_list, mutants(list_token, count=300)) == {404}
    assert (unsubscribe(mine), read_list(list_token)) == (200, 200)


def test_a_session_of_yesterday_is_nobodys(client, alice, at):
    import time_machine

    with time_machine.travel(at - timedelta(days=1)):
        old = shopper_session.begin(alice)
    assert client.get("/s/acorn/me/", headers={"cookie": f"cb-acorn={old.as_cookie()}"}).status_code == 403


def test_no_mutated_theme_value_reaches_the_style_sheet():
    dice = random.Random(SEED)
    good = {"brand": "#1f7a4d", "text": "#12261b", "radius": "14px", "font": "serif", "shadow": "deep"}
    evil = (
        ";",
        "}",
        "{",
        "</style>",
        "url(",
        "\\",
        "/*",
        "@import",
        "expression(",
        "#12",
        "\n",
        "’",
        "#fffffg",
    )
    refused = 0
    for number in range(1000):
        name = dice.choice(list(good))
        value = (
            next(mutants(good[name], count=1, seed=number))
            if number % 2
            else _spoiled(dice, good[name], evil)
        )
        tokens = good | {name if dice.random() < 0.9 else value: value}
        try:
            theme.validate(tokens)
        except ValidationError:
            refused += 1
            continue
        # A mutation may be another good value; then it says what the grammar lets it say.
        assert re.fullmatch(r"#[0-9a-fA-F]{6}|[0-9]{1,2}px|[a-z]+", value), value
        sheet = theme.css(tokens)
        assert not any(each in sheet for each in ("<", "\\", "url(", "@import", "expression"))
    assert refused > 900


def _spoiled(dice: random.Random, value: str, evil: tuple[str, ...]) -> str:
    at = dice.randrange(len(value) + 1)
    return value[:at] + dice.choice(evil) + value[at:]


def test_rubbish_bodies_are_refused_in_words_that_a_program_can_read(client, acorn):
    """Every door that reads JSON."""
    bodies = (b"", b"{", b"[]", b"null", b"1e999", b'"x"', b"\xff\xfe", b'{"token": {"a": 1}}', b"[" * 10_000)
    for path in ("/api/v1/embed-sessions", "/embed/session"):
        for body in bodies:
            answer = client.post(path, body, content_type="application/json")
            assert 400 <= answer.status_code < 500, (path, body)
            assert isinstance(json.loads(answer.content), dict)
