"""A shopper has their account deleted: nothing leads to them any more, and the books still add up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from psycopg import sql

from cashback.lib import ids
from offers.networks.base import SaleStatus
from partners import personal_data, shopper_session
from partners.models import LaunchToken, MailCode, OutboxEvent, PilotShopper, Shopper
from partners.profile import services as profile
from partners.sign_in import codes
from tests import make
from tests.partners.letters import code_for
from tests.partners.test_launch import launch, signed
from transactions import services
from transactions.click_out import tickets
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind, Transfer
from transactions.models import Click, Transaction, TransactionEvent, UnattributedSale

MARK = "marker"
DECLINED, APPROVED = SaleStatus.DECLINED, SaleStatus.APPROVED


class Shopping:
    """One shopper's purchases, and the network's words about them, each a second later than the one before."""

    def __init__(self, who: Shopper, account, at) -> None:
        self.who, self.account, self.at, self.seconds = who, account, at, 0
        self.offer = make.offer(at=account)

    def buy(self, **facts):
        click = make.click(by=self.who, on=self.offer, user_agent=f"{MARK} browser")
        raw = {"id": 1, "click_user_ip": f"{MARK} 192.0.2.7", "keyword": MARK}
        return self.hear(make.sale(click_ref=ids.suffix(click.pk), raw=raw, **facts))

    def hear(self, sale, **changes):
        self.seconds += 1
        moment = sale.changed_at + timedelta(seconds=self.seconds)
        sale = replace(sale, changed_at=moment, observed_at=moment, **changes)
        services.record(sale=sale, account=self.account, via=TransactionEvent.Via.POLL, at=self.at)
        return sale


@pytest.fixture
def mary(acorn):
    return make.shopper(acorn, f"{MARK}-mary")


@pytest.fixture
def shopping(mary, account, at):
    return Shopping(mary, account, at)


def erase(who: Shopper, at, **answers: str) -> Shopper:
    profile.erase(shopper=who, answers=answers, at=at)
    return Shopper.objects.get(pk=who.pk)


def finish(at) -> int:
    """What the beat does every hour; how many shoppers it found."""
    left = profile.unfinished_erasures(at=at)
    for shopper_id in left:
        profile.finish_erasure(shopper_id=shopper_id, at=at)
    profile.forget_who_left(at=at)
    return len(left)


def give_up(who: Shopper) -> dict[str, str]:
    """The answers of somebody who gives up what they have."""
    return {question.name: question.choices[-1][0] for question in personal_data.questions(who)}


def held(kind: AccountKind, owner_id=None) -> int:
    """What the kind's one account holds, or that of the owner."""
    found = Account.objects.filter(kind=kind, **({"owner_id": owner_id} if owner_id else {}))
    return ledger.balance(account=found.get()) if found else 0


def books() -> tuple[int, int, int, int]:
    """Shopper, margin, partner, and what the network owes."""
    kinds = (AccountKind.SHOPPER, AccountKind.MARGIN, AccountKind.PARTNER, AccountKind.NETWORK_RECEIVABLE)
    assert ledger.totals() in ({"RUB": 0}, {})
    assert ledger.verify() == []
    return tuple(held(kind) for kind in kinds)


def tables_with(text: str) -> set[str]:
    """Every table of the database in a row of which the text stands, in whatever column and letter case."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [name for (name,) in cursor.fetchall()]
        assert "partners_shopper" in tables
        for table in tables:
            whole = sql.SQL("SELECT EXISTS (SELECT FROM {} AS r WHERE r::text ILIKE ANY(%s))")
            cursor.execute(whole.format(sql.Identifier(table)), [[f"%{text}%", f"%{text.encode().hex()}%"]])
            if cursor.fetchone()[0]:
                found.add(table)
    return found


# --- The page


def test_the_page_says_what_will_happen(client, mary, shopping):
    shopping.buy()
    shopping.buy()
    make.sign_on(client, mary)
    client.get("/s/acorn/language/en/")
    page = client.get("/s/acorn/me/delete/").content.decode()
    assert "2 purchases with RUB\N{NO-BREAK SPACE}139.30 of cashback still wait for their shops" in page
    assert "We tell Acorn Bank that you have left." in page
    assert 'type="radio"' not in page


def test_deleting_ends_the_session_and_says_goodbye(client, mary):
    make.sign_on(client, mary)
    answer = client.post("/s/acorn/me/delete/", {"is_sure": "yes"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/s/acorn/goodbye/")
    assert client.get("/s/acorn/goodbye/").status_code == 200
    assert client.get("/s/acorn/me/").status_code == 403
    assert Shopper.objects.get().erased_at is not None


def test_in_a_frame_without_cookies_the_farewell_is_read_with_what_is_left_of_the_bearer(client, mary):
    bearer = shopper_session.begin(mary, is_embedded=True).as_bearer()
    with_bearer = {"headers": {"Authorization": f"Bearer {bearer}"}}
    answer = client.post("/s/acorn/me/delete/", {"is_sure": "yes"}, **with_bearer)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/s/acorn/goodbye/")
    farewell = client.get("/s/acorn/goodbye/", **with_bearer)
    assert farewell.status_code == 200
    assert "data-balance" not in farewell.content.decode()
    assert Shopper.objects.get().erased_at is not None
    assert client.get("/s/acorn/me/", **with_bearer).status_code == 401


def test_a_session_elsewhere_ends_too(client, mary, at):
    make.sign_on(client, mary)
    erase(mary, at)
    assert client.get("/s/acorn/me/profile/").status_code == 403


@pytest.mark.parametrize("typed", [{}, {"is_sure": ""}, {"balance": "give_up"}, {"x" * 500: "y" * 5000}])
def test_without_the_tick_nothing_is_deleted(client, mary, typed):
    make.sign_on(client, mary)
    answer = client.post("/s/acorn/me/delete/", typed)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert Shopper.objects.get().erased_at is None


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_delete_nothing(client, mary, method):
    make.sign_on(client, mary)
    assert getattr(client, method)("/s/acorn/me/delete/", {"is_sure": "yes"}).status_code == 405
    assert Shopper.objects.get().erased_at is None


# --- Money


def test_money_that_is_there_has_to_be_given_up_first(client, mary, shopping):
    shopping.buy(status=APPROVED)
    make.sign_on(client, mary)
    for answer in ("", "yes", "give_up", "give_up-RUB1", "give_up-USD6965", "\x00"):
        refused = client.post("/s/acorn/me/delete/", {"is_sure": "yes", "balance": answer})
        assert refused.status_code == 422
    assert Shopper.objects.get().erased_at is None
    assert books()[0] == 6965
    assert not OutboxEvent.objects.filter(type="shopper.deleted").exists()


def test_not_now_leaves_everything_as_it_was(client, mary, shopping):
    shopping.buy(status=APPROVED)
    make.sign_on(client, mary)
    answer = client.post("/s/acorn/me/delete/", {"is_sure": "yes", "balance": "not_now"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/s/acorn/me/profile/?done=kept")
    assert Shopper.objects.get().external_id == f"{MARK}-mary"
    assert books()[0] == 6965


def test_what_is_given_up_is_the_houses(client, mary, shopping):
    shopping.buy(status=APPROVED)
    assert books() == (6965, 1990, 995, -9950)
    make.sign_on(client, mary)
    answer = client.post("/s/acorn/me/delete/", {"is_sure": "yes", **give_up(mary)})
    assert answer.status_code == 303
    assert books() == (0, 8955, 995, -9950)
    given = Transfer.objects.get(reason="given up")
    assert (given.amount, given.subject_id, given.key) == (6965, mary.pk, f"{mary.public_id}:given-up:0")


def test_more_money_than_was_agreed_to_is_asked_about_again(mary, shopping, at):
    shopping.buy(status=APPROVED)
    agreed = give_up(mary)
    shopping.buy(status=APPROVED)
    with pytest.raises(profile.ErasureRefused) as refused:
        erase(mary, at, **agreed)
    assert refused.value.unanswered == ["balance"]
    assert Shopper.objects.get().erased_at is None


def test_a_debt_asks_nothing_and_stays_in_the_books(mary, shopping, at):
    shopping.buy(status=APPROVED)
    make.overdraw(mary, by=7000, at=at)
    assert personal_data.questions(mary) == []
    erase(mary, at)
    finish(at=at)
    assert books()[0] == -35


def test_an_old_purchase_that_is_declined_later_takes_back_from_the_house(mary, shopping, at):
    sale = shopping.buy(status=APPROVED)
    erase(mary, at, **give_up(mary))
    shopping.hear(sale, status=DECLINED)
    assert books() == (-6965, 6965, 0, 0)
    finish(at=at)
    assert books() == (0, 0, 0, 0)
    finish(at=at)
    assert books() == (0, 0, 0, 0)


def test_an_old_purchase_that_is_confirmed_later_is_credited_to_nobody(mary, shopping, at):
    sale = shopping.buy()
    erase(mary, at)
    shopping.hear(sale, status=APPROVED)
    assert books()[0] == 6965
    much_later = at + timedelta(days=60)
    assert finish(at=much_later) == 1
    assert books() == (0, 8955, 995, -9950)
    assert finish(at=much_later) == 0


def test_every_change_of_mind_after_an_erasure_ends_with_nobody_owed(mary, shopping, at):
    first, second = shopping.buy(status=APPROVED), shopping.buy()
    erase(mary, at, **give_up(mary))
    for status, commission in [(DECLINED, 9950), (APPROVED, 5000), (APPROVED, 12000), (DECLINED, 0)]:
        first = shopping.hear(first, status=status, commission_minor=commission)
        second = shopping.hear(second, status=APPROVED if status is DECLINED else DECLINED)
        finish(at=at)
        assert books()[0] == 0
    assert sum(books()) == 0


# --- What leads to them


@pytest.fixture
def known(mary, shopping, acorn, account, at):
    """Mary has left her mark wherever we keep anything of a shopper."""
    Shopper.objects.filter(pk=mary.pk).update(
        email=f"{MARK}@example.com", email_confirmed_at=at, locale="ru", chosen_locale="en", last_seen_at=at
    )
    mary.refresh_from_db()
    PilotShopper.objects.create(partner=acorn.partner, storefront=acorn, name=f"{MARK}-mary")
    PilotShopper.objects.create(partner=acorn.partner, storefront=acorn, name=f"{MARK}@example.com")
    LaunchToken.objects.create(
        digest="0" * 64, partner=acorn.partner, storefront=acorn, external_id=mary.external_id, expires_at=at
    )
    for purpose, shopper in ((MailCode.Purpose.SIGN_IN, None), (MailCode.Purpose.CONFIRM, mary)):
        codes.issue(
            storefront=acorn,
            email=f"{MARK}@example.com",
            purpose=purpose,
            shopper=shopper,
            at=at - timedelta(minutes=3 if shopper is None else 0),
        )
    shopping.buy(status=APPROVED)
    shopping.buy()
    stray = make.sale(raw={"id": 2, "user_agent": MARK})
    services.record(sale=stray, account=account, via=TransactionEvent.Via.POLL, at=at)
    click = make.click(by=mary, on=shopping.offer, created_at=at - timedelta(hours=1))
    services.attribute(sale=UnattributedSale.objects.get(), click=click, at=at)
    return mary


def test_no_table_leads_to_the_shopper_but_the_word_to_the_partner(known, at):
    assert {"partners_shopper", "partners_outboxevent", "partners_mailcode"} <= tables_with(MARK)
    erase(known, at, **give_up(known))
    assert tables_with(MARK) == {"partners_outboxevent"}
    [event] = [event for event in OutboxEvent.objects.all() if MARK in str(event.payload)]
    assert (event.type, event.subject_id) == ("shopper.deleted", known.pk)
    assert event.payload == {"shopper": f"{MARK}-mary", "storefront": "acorn"}


def test_a_month_later_that_word_is_forgotten_too(known, at):
    erase(known, at, **give_up(known))
    finish(at=at + timedelta(days=29))
    assert tables_with(MARK) == {"partners_outboxevent"}
    finish(at=at + timedelta(days=31))
    assert tables_with(MARK) == set()
    assert OutboxEvent.objects.get(type="shopper.deleted").payload == {"shopper": None, "storefront": "acorn"}


def test_what_is_left_is_a_pseudonym(known, at):
    gone = erase(known, at, **give_up(known))
    assert gone.external_id.startswith("erased-")
    assert MARK not in gone.external_id
    assert (gone.email, gone.locale, gone.chosen_locale) == ("", "", "")
    assert (gone.email_confirmed_at, gone.last_seen_at, gone.erased_at) == (None, None, at)
    assert set(Click.objects.values_list("user_agent", flat=True)) == {""}
    assert set(TransactionEvent.objects.values_list("raw__id", flat=True)) == {1, 2}


def test_every_event_names_the_pseudonym(known, at):
    gone = erase(known, at, **give_up(known))
    named = OutboxEvent.objects.exclude(type="shopper.deleted").values_list("payload__shopper", flat=True)
    assert set(named) == {gone.external_id}
    assert OutboxEvent.objects.exclude(type="shopper.deleted").count() >= 4


def test_the_books_and_purchases_stay(known, at):
    before = [(row.status, row.cashback_minor, row.order_id) for row in Transaction.objects.order_by("pk")]
    erase(known, at, **give_up(known))
    after = [(row.status, row.cashback_minor, row.order_id) for row in Transaction.objects.order_by("pk")]
    assert before == after
    assert Transfer.objects.exclude(reason="given up").count() == 3


def test_a_second_time_changes_nothing(known, at):
    once = erase(known, at, **give_up(known))
    twice = erase(known, at + timedelta(hours=1))
    assert (twice.external_id, twice.erased_at) == (once.external_id, at)
    assert OutboxEvent.objects.filter(type="shopper.deleted").count() == 1
    assert Transfer.objects.filter(reason="given up").count() == 1


def test_others_keep_what_is_theirs(known, acorn, bob, account, at):
    carol = make.shopper(acorn, f"{MARK}-carol")
    others = Shopping(carol, account, at)
    others.buy(status=APPROVED)
    twin = make.storefront(slug="acorn-2")
    type(twin).objects.filter(pk=twin.pk).update(partner=acorn.partner)
    twin.refresh_from_db()
    namesake = make.shopper(twin, known.external_id)
    Shopping(namesake, account, at).buy()
    erase(known, at, **give_up(known))
    assert held(AccountKind.SHOPPER, carol.pk) == 6965
    assert OutboxEvent.objects.filter(payload__shopper=carol.external_id).count() == 3
    assert (
        OutboxEvent.objects.filter(payload__shopper=namesake.external_id, type="transaction.created").count()
        == 1
    )
    assert Click.objects.get(shopper=carol).user_agent == f"{MARK} browser"
    assert Click.objects.get(shopper=namesake).user_agent == f"{MARK} browser"


def test_what_was_under_way_meanwhile_is_put_away_as_well(known, shopping, at):
    """A click whose ticket was out, and an event that a worker wrote with the old name in its hands."""
    gone = erase(known, at, **give_up(known))
    make.click(by=gone, on=shopping.offer, user_agent=f"{MARK} browser")
    late = Transaction.objects.filter(shopper=gone).first()
    OutboxEvent.objects.create(
        partner_id=gone.partner_id,
        type="transaction.updated",
        subject_id=late.pk,
        payload={"shopper": f"{MARK}-mary"},
        occurred_at=at,
    )
    finish(at=at + timedelta(days=1))
    assert "transactions_click" not in tables_with(MARK)
    assert OutboxEvent.objects.filter(payload__shopper=f"{MARK}-mary").count() == 1


def test_a_way_out_from_before_leads_nowhere_and_is_not_counted(client, known, shopping, at):
    ticket = tickets.Ticket(
        known.partner_id, known.storefront_id, known.pk, merchant_id=shopping.offer.merchant_id
    )
    path = f"/go/{tickets.issue(ticket, at=at)}"
    clicks = Click.objects.count()
    assert client.get(path).status_code in {302, 303}
    erase(known, at, **give_up(known))
    assert client.get(path).status_code == 404
    assert Click.objects.count() == clicks + 1


def test_one_shopper_at_a_time_is_finished_and_nobody_who_is_still_here(known, at):
    profile.finish_erasure(shopper_id=known.pk, at=at)
    assert Shopper.objects.get(pk=known.pk).email == f"{MARK}@example.com"
    assert profile.unfinished_erasures(at=at) == []


# --- Coming back


def test_the_same_name_begins_anew(client, known, at):
    gone = erase(known, at, **give_up(known))
    assert launch(client, signed(known.storefront, sub=f"{MARK}-mary")).status_code == 303
    new = Shopper.objects.get(external_id=f"{MARK}-mary")
    assert new.pk != gone.pk
    assert not Account.objects.filter(owner_id=new.pk).exists()
    assert not new.transactions.exists()
    assert not new.clicks.exists()


def test_nobody_signs_on_as_the_pseudonym(client, known, at):
    gone = erase(known, at, **give_up(known))
    assert launch(client, signed(known.storefront, sub=gone.external_id)).status_code == 403
    assert Shopper.objects.get(pk=gone.pk).last_seen_at is None


def test_a_turnkey_shopper_who_comes_back_begins_anew(client, db, at):
    corner = make.storefront(slug="corner", has_email_sign_in=True)
    anna = make.shopper(corner, "mail-1")
    Shopper.objects.filter(pk=anna.pk).update(
        email="anna@example.com", email_confirmed_at=at, signs_in_by_email=True
    )
    anna.refresh_from_db()
    erase(anna, at)
    page = client.post("/s/corner/sign-in/", {"email": "anna@example.com"}).headers["Location"]
    client.post(page, {"code": code_for("anna@example.com")})
    assert Shopper.objects.filter(email="anna@example.com").exclude(pk=anna.pk).count() == 1


def test_staff_see_the_pseudonym(client, known, at, admin_user):
    gone = erase(known, at, **give_up(known))
    client.force_login(admin_user)
    page = client.get(f"/admin/partners/shopper/{gone.pk}/change/")
    assert page.status_code == 200
    assert gone.external_id in page.content.decode()
    assert MARK not in page.content.decode()
