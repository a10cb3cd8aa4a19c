"""What a shopper is told of their purchases: one letter, true at the moment of sending."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from offers.networks.base import SaleStatus
from partners.models import Partner
from partners.notices import digest, news, preferences, reading, services
from partners.notices.models import Letter, Notice
from tests import make
from tests.notices.conftest import HOUR, Shop, deliver, plain, subjects, tell_news, together, with_address
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)

APPROVED, DECLINED, PENDING = SaleStatus.APPROVED, SaleStatus.DECLINED, SaleStatus.PENDING


@pytest.fixture(autouse=True)
def _english(request):
    """Exact words are compared in English, whatever the storefront speaks."""
    if "alice" in request.fixturenames:
        alice = request.getfixturevalue("alice")
        alice.chosen_locale = "en"
        alice.save()


def test_tracked_purchase_is_told(sink, ozon, at):
    ozon.buy()
    tell_news(at)
    [letter] = sink.letters(to="alice@mail.test")
    assert plain(letter.subject) == "Ozon has seen your purchase: RUB 69.65 is on its way"
    assert "usually decided by" in letter.text
    assert letter.sender == "Acorn Bank <notices@localhost>"


def test_confirmed_purchase_is_told(sink, ozon, at):
    sale = ozon.buy()
    tell_news(at)
    ozon.say(sale, status=APPROVED)
    tell_news(at)
    assert subjects(sink) == [
        "Ozon: RUB 69.65 of cashback is confirmed",
        "Ozon has seen your purchase: RUB 69.65 is on its way",
    ]


def test_purchase_that_is_confirmed_but_credited_on_payment_says_so(sink, amazon, at):
    sale = amazon.buy(status=APPROVED)
    tell_news(at)
    amazon.say(sale, status=APPROVED, paid=True)
    tell_news(at)
    assert subjects(sink, "bob") == [
        "Amazon: $69.65 of cashback is confirmed",
        "Amazon has confirmed your purchase: $69.65 comes once it has paid",
    ]


def test_payment_of_what_was_credited_already_is_no_news(sink, ozon, at):
    sale = ozon.buy(status=APPROVED)
    tell_news(at)
    ozon.say(sale, status=APPROVED, paid=True)
    tell_news(at)
    assert subjects(sink) == ["Ozon: RUB 69.65 of cashback is confirmed"]


def test_declined_purchase_is_told_with_the_reason(sink, ozon, at):
    sale = ozon.buy()
    tell_news(at)
    ozon.say(sale, status=DECLINED, decline_reason="Order cancelled <b>")
    tell_news(at)
    newest = next(sink.letters())
    assert newest.subject == "Ozon did not confirm your purchase"
    assert "cancelled" in newest.text.lower()
    assert "<b>" not in newest.html.partition("cancelled")[2][:20]


def test_reduced_and_raised_amounts_are_told_with_the_old_one(sink, ozon, at):
    sale = ozon.buy()
    tell_news(at)
    ozon.say(sale, commission_minor=5000)
    tell_news(at)
    reduced = next(sink.letters())
    assert plain(reduced.subject) == "Ozon: your cashback is now RUB 35.00"
    assert "RUB 35.00 (it was RUB 69.65)" in plain(reduced.text)
    assert "part of the order was returned" in reduced.text

    ozon.say(sale, commission_minor=20000)
    tell_news(at)
    raised = next(sink.letters())
    assert "RUB 140.00 (it was RUB 35.00)" in plain(raised.text)
    assert "More cashback than before" in raised.text


def test_decision_taken_back_is_told(sink, ozon, at):
    sale = ozon.buy(status=APPROVED)
    tell_news(at)
    ozon.say(sale, status=PENDING)
    tell_news(at)
    assert subjects(sink)[0] == "Ozon is checking your purchase again"


def test_change_that_means_nothing_to_the_shopper_is_no_news(sink, ozon, at):
    sale = ozon.buy()
    tell_news(at)
    ozon.say(sale, order_id="another number")
    tell_news(at)
    assert len(subjects(sink)) == 1


def test_ten_purchases_are_one_letter(sink, ozon, at):
    for _number in range(10):
        ozon.buy(status=APPROVED)
    tell_news(at)
    [letter] = sink.letters()
    assert plain(letter.subject) == "10 purchases confirmed, +RUB 696.50"
    assert letter.text.count("* Ozon") == 10


def test_long_letter_names_the_first_purchases_and_counts_the_rest(sink, ozon, at):
    for _number in range(23):
        ozon.buy(status=APPROVED)
    tell_news(at)
    [letter] = sink.letters()
    assert plain(letter.subject) == "23 purchases confirmed, +RUB 1,601.95"
    assert letter.text.count("* Ozon") == 20
    assert "* and 3 more" in letter.text


def test_purchase_confirmed_for_less_says_why(sink, ozon, at):
    sale = ozon.buy()
    tell_news(at)
    ozon.say(sale, status=APPROVED, commission_minor=5000)
    tell_news(at)
    letter = next(sink.letters())
    assert plain(letter.subject) == "Ozon: RUB 35.00 of cashback is confirmed"
    assert "RUB 35.00 (it was RUB 69.65)" in plain(letter.text)
    assert "Less than the shop first reported" in letter.text


def test_mixed_news_is_one_letter_in_sections(sink, ozon, at):
    first, second = ozon.buy(), ozon.buy()
    tell_news(at)
    ozon.say(first, status=APPROVED)
    ozon.say(second, status=DECLINED)
    ozon.buy()
    tell_news(at)
    letter = next(sink.letters())
    assert plain(letter.subject) == "News of 3 purchases, +RUB 69.65"
    found = [letter.text.index(title) for title in ("\nConfirmed", "\nSeen,", "\nNot confirmed")]
    assert found == sorted(found)


def test_purchase_declined_within_the_window_is_not_announced_as_confirmed(sink, ozon, at):
    sale = ozon.buy()
    tell_news(at)
    ozon.say(sale, status=APPROVED)
    reading.read_outbox(at=at)
    digest.write_letters(at=at + HOUR)
    ozon.say(sale, status=DECLINED)  # the letter is written and not yet sent
    deliver(at + HOUR)
    tell_news(at)
    assert subjects(sink) == [
        "Ozon did not confirm your purchase",
        "Ozon has seen your purchase: RUB 69.65 is on its way",
    ]


def test_there_and_back_again_is_no_news(sink, ozon, at):
    sale = ozon.buy()
    tell_news(at)
    ozon.say(sale, status=DECLINED)
    ozon.say(sale, status=PENDING)
    tell_news(at)
    assert len(subjects(sink)) == 1
    assert Letter.objects.filter(state="needless").count() == 1
    assert not Notice.objects.filter(state="waiting").exists()


def test_what_one_letter_told_the_next_does_not_repeat(sink, ozon, at):
    """The event was in the outbox when the letter was composed, and its notice was made only afterwards."""
    sale = ozon.buy()
    reading.read_outbox(at=at)
    digest.write_letters(at=at + HOUR)
    ozon.say(sale, status=APPROVED)
    deliver(at + HOUR)
    assert subjects(sink) == ["Ozon: RUB 69.65 of cashback is confirmed"]
    tell_news(at)
    assert len(subjects(sink)) == 1


def test_news_waits_for_others_until_the_window_closes(sink, ozon, at, settings):
    settings.NOTICE_MERGE_SECONDS = 120
    ozon.buy()
    reading.read_outbox(at=at)
    assert digest.write_letters(at=at + timedelta(seconds=119)) == 0
    assert digest.write_letters(at=at + timedelta(seconds=121)) == 1
    assert digest.write_letters(at=at + timedelta(seconds=121)) == 0


def test_news_waits_while_a_letter_is_on_its_way_and_goes_with_it(no_server, ozon, at, request):
    ozon.buy()
    tell_news(at)
    ozon.buy()
    reading.read_outbox(at=at + HOUR)
    assert digest.write_letters(at=at + 3 * HOUR) == 0
    box = request.getfixturevalue("sink")
    deliver(at + 3 * HOUR)
    assert subjects(box) == ["2 purchases seen: RUB 139.30 is on its way"]


def test_letter_goes_to_the_address_that_is_confirmed_when_it_is_sent(sink, ozon, at):
    ozon.buy()
    reading.read_outbox(at=at)
    digest.write_letters(at=at + HOUR)
    with_address(ozon.shopper, "new@mail.test", at)
    deliver(at + HOUR)
    assert [letter.recipients for letter in sink.letters()] == [("new@mail.test",)]


@pytest.mark.parametrize(
    "facts", [{"email": ""}, {"email_confirmed_at": None}], ids=["no address", "an unconfirmed address"]
)
def test_who_has_confirmed_no_address_gets_no_letter(sink, ozon, at, facts):
    for name, value in facts.items():
        setattr(ozon.shopper, name, value)
    ozon.shopper.save()
    ozon.buy()
    tell_news(at)
    assert (list(sink.letters()), Notice.objects.count(), Letter.objects.count()) == ([], 0, 0)


def test_kinds_that_are_switched_off_are_left_out(sink, ozon, at):
    preferences.choose(shopper=ozon.shopper, switches={"confirmed": True})
    ozon.buy()
    sale = ozon.buy()
    ozon.say(sale, status=APPROVED)
    tell_news(at)
    assert subjects(sink) == ["Ozon: RUB 69.65 of cashback is confirmed"]


def test_who_unsubscribes_while_a_letter_waits_does_not_get_it(sink, ozon, at):
    ozon.buy()
    reading.read_outbox(at=at)
    digest.write_letters(at=at + HOUR)
    preferences.unsubscribe(shopper=ozon.shopper, at=at)
    deliver(at + HOUR)
    assert list(sink.letters()) == []
    assert list(Letter.objects.values_list("state", flat=True)) == ["needless"]


def test_namesakes_of_two_partners_hear_only_their_own(sink, ozon, birch, at):
    namesake = with_address(make.shopper(birch, "alice"), "other@mail.test", at)
    ozon.buy()
    Shop(namesake, "Amazon").buy()
    tell_news(at)
    assert subjects(sink, "alice@mail.test") == ["Ozon has seen your purchase: RUB 69.65 is on its way"]
    assert subjects(sink, "other@mail.test") == ["Amazon has seen your purchase: $69.65 is on its way"]


def test_namesakes_of_two_storefronts_of_one_partner_hear_only_their_own(sink, ozon, acorn, at):
    second = make.storefront(slug="acorn-kids", currency="RUB")
    second.partner = Partner.objects.get(slug="acorn")
    second.save()
    with_address(make.shopper(second, "alice"), "kids@mail.test", at)
    ozon.buy()
    tell_news(at)
    assert [letter.recipients for letter in sink.letters()] == [("alice@mail.test",)]


def test_letter_speaks_the_shoppers_language_and_writes_money_in_it(sink, ozon, at):
    ozon.shopper.chosen_locale = "ru"
    ozon.shopper.save()
    ozon.buy(status=APPROVED)
    tell_news(at)
    [letter] = sink.letters()
    assert "69,65 ₽" in plain(letter.subject)
    assert dict(letter.headers)["Content-Language"] == "ru"
    assert 'lang="ru"' in letter.html


def test_days_are_those_of_the_storefronts_time_zone(sink, ozon, acorn, at):
    acorn.time_zone = "Pacific/Kiritimati"  # fourteen hours ahead
    acorn.save()
    sale = ozon.buy()
    made = Transaction.objects.get(external_id=sale.external_id)
    tell_news(at)
    expected = made.expected_at.astimezone(ZoneInfo("Pacific/Kiritimati"))
    day = f"{expected:%b} {expected.day}, {expected.year}".replace(" ", "\N{NO-BREAK SPACE}")
    assert day in next(sink.letters()).text


def test_old_events_are_nobodys_news(sink, ozon, at):
    ozon.buy()
    tell_news(at + timedelta(days=8))
    assert list(sink.letters()) == []


def test_refused_digest_is_not_written_over_and_over(sink, ozon, at):
    with_address(ozon.shopper, "alice@refuses.test", at)
    ozon.buy()
    tell_news(at)
    assert digest.write_letters(at=at + 2 * HOUR) == 0
    [letter] = Letter.objects.all()
    assert letter.state == "failed"

    with_address(ozon.shopper, "alice@mail.test", at)
    services.send_again(letter=letter, at=at + 2 * HOUR)
    deliver(at + 2 * HOUR)
    assert subjects(sink) == ["Ozon has seen your purchase: RUB 69.65 is on its way"]


def test_reason_of_a_decline_is_told_in_the_letters_language(sink, ozon, at, monkeypatch):
    """A worker speaks no language of its own that a reader should meet."""
    monkeypatch.setattr(news, "_explain", [lambda _reason: (f"said in {translation.get_language()}", "")])
    ozon.shopper.chosen_locale = "ru"
    ozon.shopper.save()
    ozon.buy(status=DECLINED, decline_reason="Order cancelled")
    tell_news(at)
    assert "said in ru" in next(sink.letters()).text


def test_decline_that_is_reported_with_nothing_in_it_names_what_was_expected(sink, ozon, at):
    sale = ozon.buy()
    tell_news(at)
    ozon.say(sale, status=DECLINED, commission_minor=0)
    tell_news(at)
    assert "no cashback; RUB 69.65 was expected" in plain(next(sink.letters()).text)


def test_purchase_that_is_confirmed_after_a_decline_is_not_compared_with_the_decline(sink, ozon, at):
    sale = ozon.buy()
    ozon.say(sale, status=DECLINED, commission_minor=0)
    tell_news(at)
    ozon.say(sale, status=APPROVED, commission_minor=9950)
    tell_news(at)
    letter = next(sink.letters())
    assert plain(letter.subject) == "Ozon: RUB 69.65 of cashback is confirmed"
    assert "it was" not in letter.text
    assert "More than the shop first reported" not in letter.text


def test_news_that_comes_while_a_letter_proves_needless_goes_with_the_next(sink, ozon, at, monkeypatch):
    preferences.choose(shopper=ozon.shopper, switches={"confirmed": True})
    sale = ozon.buy()
    reading.read_outbox(at=at)
    digest.write_letters(at=at + HOUR)
    end = services._end

    def end_a_moment_later(*args, **facts):
        ozon.say(sale, status=APPROVED)
        reading.read_outbox(at=at)
        end(*args, **facts)

    with monkeypatch.context() as patch:
        patch.setattr(services, "_end", end_a_moment_later)
        deliver(at + HOUR)
    tell_news(at + HOUR)
    assert subjects(sink) == ["Ozon: RUB 69.65 of cashback is confirmed"]


def test_letter_that_is_given_up_takes_no_fresh_news_with_it(no_server, ozon, at, request):
    ozon.buy()
    tell_news(at)
    late = at + timedelta(days=3, hours=2)
    ozon.buy(sale_minor=100000, commission_minor=10000)
    reading.read_outbox(at=late)
    deliver(late)
    assert list(Letter.objects.values_list("state", flat=True)) == ["given_up"]
    box = request.getfixturevalue("sink")
    tell_news(late)
    assert subjects(box) == ["Ozon has seen your purchase: RUB 70.00 is on its way"]


def test_news_arrives_after_two_days_without_a_mail_server(no_server, ozon, at, request):
    ozon.buy()
    tell_news(at)
    for hours in range(2, 48):
        deliver(at + hours * HOUR)
    box = request.getfixturevalue("sink")
    deliver(at + 48 * HOUR)
    assert subjects(box) == ["Ozon has seen your purchase: RUB 69.65 is on its way"]


@pytest.mark.parametrize("closed", ["storefront", "partner"])
def test_closed_storefront_sends_no_letters(sink, ozon, acorn, at, closed):
    """None of its pages is there, not even the one that stops the letters."""
    ozon.buy()
    reading.read_outbox(at=at)
    digest.write_letters(at=at + HOUR)
    row = acorn if closed == "storefront" else acorn.partner
    row.is_active = False
    row.save()
    deliver(at + HOUR)
    assert list(sink.letters()) == []
    assert list(Letter.objects.values_list("state", flat=True)) == ["needless"]
    assert digest.write_letters(at=at + 2 * HOUR) == 0


def test_no_letters_are_piled_on_a_full_queue(ozon, at, monkeypatch):
    """Behind them waits whoever needs a code a second time."""
    ozon.buy()
    reading.read_outbox(at=at)
    monkeypatch.setattr(services, "FULL", 1)
    services.post(
        storefront=ozon.shopper.storefront,
        to="carol@mail.test",
        language="en",
        letter="sign_in_code",
        context={"code": "402817", "minutes": 10},
        at=at + HOUR,
    )
    assert digest.write_letters(at=at + HOUR) == 0
    Letter.objects.update(state="sent", context="")
    assert digest.write_letters(at=at + HOUR) == 1


def test_sweeps_at_the_same_moment_write_one_letter(sink, ozon, at):
    for _number in range(5):
        ozon.buy()

    def sweep() -> None:
        reading.read_outbox(at=at)
        digest.write_letters(at=at + HOUR)

    together(sweep, threads=8)
    sweep()
    deliver(at + HOUR)
    assert subjects(sink) == ["5 purchases seen: RUB 348.25 is on its way"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_letter_costs_the_same_for_any_number_of_purchases(
    sink, ozon, at, count, django_assert_num_queries
):
    for _number in range(count):
        ozon.buy()
    reading.read_outbox(at=at)
    digest.write_letters(at=at + HOUR)
    [letter] = Letter.objects.all()
    with django_assert_num_queries(14):
        services.send(letter_id=letter.pk, at=at + HOUR)


@pytest.mark.parametrize("count", [1, 3])
def test_reading_costs_the_same_for_any_number_of_events(ozon, at, count, django_assert_num_queries):
    for _number in range(count):
        ozon.buy()
    with django_assert_num_queries(11):
        reading.read_outbox(at=at)
