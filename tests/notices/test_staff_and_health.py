"""What staff and operators see of the mail, and what they can do about it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cashback import health, staff
from cashback.lib.admin import list_of, page_of
from partners import checklist
from partners.notices import addresses, services, tasks
from partners.notices.models import Letter, Suppression
from partners.services import emit
from partners.webhooks import tasks as webhook_tasks
from tests import make
from tests.notices.conftest import subjects, with_address

pytestmark = pytest.mark.django_db(transaction=True)


def post(storefront, at, *, to="alice@mail.test", **facts) -> Letter:
    wanted = {
        "language": "en",
        "letter": "sign_in_code",
        "context": {"code": "402817", "minutes": 10},
        **facts,
    }
    return services.post(storefront=storefront, to=to, at=at, **wanted)


@pytest.fixture
def support(client):
    staff.make_groups()
    agent = User.objects.create_user("sam", password="a-long-password", is_staff=True)
    agent.groups.set([staff.support_group()])
    client.force_login(agent)
    return client


@pytest.fixture
def failed(sink, acorn, at) -> Letter:
    letter = post(acorn, at, to="nobody@refuses.test")
    services.send(letter_id=letter.pk, at=at)
    letter.refresh_from_db()
    return letter


@pytest.mark.parametrize("page", [lambda letter: list_of(Letter), lambda letter: page_of(Letter, letter.pk)])
def test_staff_see_how_a_letter_went_and_neither_its_code_nor_its_address(support, failed, page):
    shown = support.get(page(failed)).content.decode()
    assert "n***@refuses.test" in shown
    assert "550" in shown
    assert "nobody@" not in shown
    assert "402817" not in shown


def test_letter_is_found_by_its_id_and_by_a_whole_address(support, failed, acorn, at):
    other = post(acorn, at, to="somebody@mail.test")

    def found(words: str) -> list[Letter]:
        return list(support.get(list_of(Letter, q=words)).context["cl"].result_list)

    assert found("nobody@refuses.test") == [failed]
    assert found(str(other)) == [other]
    assert [found(words) for words in ("nobody", "refuses.test", "@", "ltr_rubbish")] == [[], [], [], []]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_any_length(support, acorn, at, rows, django_assert_num_queries):
    for number in range(rows):
        post(make.storefront(slug=f"place-{number}"), at)
    support.get(list_of(Letter))
    with django_assert_num_queries(10):
        assert support.get(list_of(Letter)).status_code == 200


def press(client, letter, name):
    return client.post(f"{page_of(Letter, letter.pk).removesuffix('change/')}{name}/", follow=True)


def test_failed_letter_is_sent_again_by_a_button(support, failed, at):
    Letter.objects.update(to="somebody@mail.test")
    assert press(support, failed, "send-again").status_code == 200
    failed.refresh_from_db()
    assert (failed.state, failed.tries, failed.error) == ("waiting", 0, "")


def test_button_on_a_letter_that_has_not_failed_changes_nothing(support, acorn, at):
    letter = post(acorn, at)
    answer = press(support, letter, "send-again")
    assert "Only a letter that has failed can be sent again." in answer.content.decode()
    letter.refresh_from_db()
    assert letter.next_try_at == at


def test_complaint_stops_notices_to_the_address(support, alice, acorn, at):
    letter = post(acorn, at)
    assert addresses.takes_notices(alice)
    press(support, letter, "note-complaint")
    assert addresses.suppression(alice).reason == Suppression.Reason.COMPLAINED


# --- Operators -----------------------------------------------------------------------------------------------


def failing(client) -> list[str]:
    return client.get("/readyz").json()["failing"]


def test_outbox_that_has_waited_too_long_is_named_until_everybody_has_read_it(client, acorn, at):
    health.note_tick()
    emit(
        partner_id=acorn.partner_id,
        type="test.ping",
        subject_id=acorn.pk,
        payload={},
        at=at - timedelta(hours=1),
    )
    assert failing(client) == ["outbox"]
    tasks.sweep()
    assert failing(client) == ["outbox"]
    webhook_tasks.sweep()
    assert failing(client) == []


def test_overdue_letter_is_named_and_one_that_waits_for_its_time_is_not(client, acorn, at):
    health.note_tick()
    post(acorn, at - timedelta(minutes=11))
    assert failing(client) == ["mail"]
    Letter.objects.update(next_try_at=at + timedelta(minutes=5))
    assert failing(client) == []


def test_checklist_says_whether_mail_goes_out(sink, acorn, birch, at):
    def step(storefront):
        return next(each for each in checklist.steps(storefront, at=at) if each.name == "mail")

    assert step(acorn).state == checklist.State.NOT_SEEN
    assert "notices@localhost" in step(acorn).fix
    refused = post(acorn, at, to="nobody@refuses.test")
    services.send(letter_id=refused.pk, at=at)
    assert step(acorn).state == checklist.State.FAILS
    assert "550" in step(acorn).detail
    sent = post(acorn, at)
    services.send(letter_id=sent.pk, at=at + timedelta(seconds=1))
    assert (step(acorn).state, step(acorn).fix) == (checklist.State.WORKS, "")
    assert step(birch).state == checklist.State.NOT_SEEN


# --- The worker's tasks --------------------------------------------------------------------------------------


def test_sweep_and_its_followers_carry_news_from_the_outbox_to_the_mailbox(sink, ozon, settings):
    settings.NOTICE_MERGE_SECONDS = 0
    with_address(ozon.shopper, "alice@mail.test", ozon.shopper.created_at)
    ozon.buy()
    tasks.sweep()
    tasks.sweep()
    tasks.send_due_letters()
    assert len(subjects(sink)) == 1
    tasks.sweep()
    tasks.send_due_letters()
    assert len(subjects(sink)) == 1


def test_due_letters_stop_at_the_first_that_finds_no_server(no_server, acorn, at):
    for _number in range(3):
        post(acorn, at)
    tasks.send_due_letters()
    assert sorted(Letter.objects.values_list("tries", flat=True)) == [0, 0, 1]


def test_server_that_is_away_is_left_alone_for_a_while(no_server, acorn, at, request):
    first, second = post(acorn, at), post(acorn, at)
    tasks.send_letter(id=str(first.pk))
    tasks.send_letter(id=str(second.pk))
    second.refresh_from_db()
    assert (second.tries, second.state) == (0, "waiting")

    box = request.getfixturevalue("sink")
    cache.clear()  # as it is when that while is over
    tasks.send_due_letters()
    assert len(list(box.letters())) == 1


def test_what_is_long_past_is_forgotten_and_what_waits_is_not(sink, ozon, at):
    sent = post(ozon.shopper.storefront, at, to="a@mail.test")
    services.send(letter_id=sent.pk, at=at)
    waiting = post(ozon.shopper.storefront, at, to="b@mail.test")
    services.forget_old(at=at + timedelta(days=179))
    assert Letter.objects.count() == 2
    services.forget_old(at=at + timedelta(days=181))
    assert list(Letter.objects.all()) == [waiting]


def test_old_letters_go_some_at_a_time_until_none_is_left(acorn, at, monkeypatch):
    for number in range(5):
        post(acorn, at, to=f"s{number}@mail.test")
    Letter.objects.update(state="sent", context="")
    monkeypatch.setattr(services, "_FORGOTTEN_AT_A_TIME", 2)
    with CaptureQueriesContext(connection) as asked:
        services.forget_old(at=at + timedelta(days=181))
    assert Letter.objects.count() == 0
    assert sum('DELETE FROM "notices_letter"' in each["sql"] for each in asked) == 3
