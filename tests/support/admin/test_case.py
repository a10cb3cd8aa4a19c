"""One screen for a case: what stands on it, and what each button does."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cashback.lib import ids
from offers.networks.base import SaleStatus
from offers.networks.models import InboundMessage
from support.claims import services as claims
from support.claims.models import Claim, Status
from support.desk import services as desk_services
from support.desk.models import Attachment, Draft, Mention, Message, Redaction, StoredFile, Ticket
from support.goodwill.models import GoodwillGrant, GrantStatus
from tests import make
from tests.admin.conftest import messages_of
from tests.support import claims_make
from tests.support.admin.conftest import ask, at_the_desk, in_review
from tests.support.claims_make import DAY

pytestmark = pytest.mark.django_db

QUEUE = "/admin/desk/ticket/"


def page_of(ticket, query="") -> str:
    return f"{QUEUE}{ticket.pk}/change/{query}"


def press(desk, ticket, action, *, follow=True, **fields):
    """The button as the page would press it: with the version that it shows."""
    version = Ticket.objects.get(pk=ticket.pk).version
    told = {"version": version, "in": "view=mine", **fields}
    return desk.post(f"{QUEUE}{ticket.pk}/do/{action}/", told, follow=follow)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


# --- what stands there ------------------------------------------------------------------------------------------


def test_the_screen_holds_all_that_an_agent_needs(desk, claim, ticket, alice):
    page = desk.get(page_of(ticket))
    text = page.content.decode()

    assert page.status_code == 200
    for word in ("That is not right.", "AB-1001", "Harbor", claim.public_number, "alice", "Next step"):
        assert word in text
    assert page.context["case"].trip.click.pk == claim.click_id
    assert page.context["case"].diagnosis.decided is not None
    assert [clock.title for clock in page.context["case"].running] == []


def test_the_rules_are_told_in_order_with_what_they_looked_at(desk, ticket):
    lines = desk.get(page_of(ticket)).context["case"].diagnosis.lines

    assert [line.number for line in lines] == list(range(1, 15))
    assert sum(line.is_decisive for line in lines) == 1


def test_the_sale_stands_there_with_what_the_network_reported(desk, click, now):
    sale = claims_make.sold(click, at=now - 4 * DAY, status=SaleStatus.DECLINED, decline_reason="returned")
    claim = claims_make.about(
        sale, "declined", at=now, text="I kept it.", files=[("a.png", claims_make.picture())]
    )
    case = desk.get(page_of(Ticket.objects.get(pk=claim.ticket_id))).context["case"]

    assert case.sale.row == sale
    assert [event.status for event in case.sale.events] == ["declined"]
    assert len(case.evidence) == 1


def test_without_a_purchase_what_the_network_said_of_the_trip_stands_there(desk, claim, ticket, click, now):
    def received(query, **facts):
        told = {"received_at": now, "last_received_at": now, "next_attempt_at": now, **facts}
        return InboundMessage.objects.create(
            account=click.account, digest=query.encode(), method="GET", query=query, **told
        )

    assert "Nothing. No purchase came by it" in desk.get(page_of(ticket)).content.decode()

    parked = received(f"sub={ids.suffix(click.pk)}&sum=oops", parked_at=now, error="The sum is none.")
    waiting = received(f"sub={ids.suffix(click.pk)}")
    received("sub=another")
    sale = claims_make.sold(click, at=now - 4 * DAY, order="ZZ-9")
    page = desk.get(page_of(ticket))
    reported = page.context["case"].reported

    assert [each.row for each in reported.sales] == [sale]
    assert [each.message for each in reported.unread] == [waiting, parked]
    for word in ("ZZ-9", "could not be read", "sum=oops", "The sum is none."):
        assert word in page.content.decode()


def test_the_shoppers_past_is_counted(desk, claim, ticket, alice, shop, now):
    claims_make.with_history(alice, on=shop, at=now)
    ask(alice, at=now)
    past = desk.get(page_of(ticket)).context["case"].past

    assert (past.claims, past.purchases, past.confirmed_count, past.declined) == (1, 1, 1, 0)
    assert past.confirmed.minor == 6965
    assert len(past.tickets) == 1
    assert [trip.is_this for trip in past.trips].count(True) == 1


def test_a_question_without_a_claim_has_its_screen_too(desk, question):
    page = desk.get(page_of(question))

    assert page.status_code == 200
    assert page.context["case"].claim is None
    assert "Write the answer" in page.content.decode()


def test_a_letter_of_somebody_unknown_has_its_screen_too(desk, acorn, now):
    ticket = desk_services.open_ticket(
        storefront=acorn,
        shopper=None,
        subject="Who are you?",
        text="Hello",
        channel="email",
        category="other",
        language="ru",
        requester_email="nobody@mail.test",
        at=now,
    )

    assert "nobody@mail.test" in desk.get(page_of(ticket)).content.decode()


@pytest.mark.parametrize("messages", [1, 12])
def test_the_screen_costs_the_same_for_any_length(desk, sam, ticket, messages, now):
    for number in range(messages):
        desk_services.note(ticket=ticket, agent=sam, text=f"Note {number}", at=now)
    desk.get(page_of(ticket))
    with CaptureQueriesContext(connection) as asked:
        desk.get(page_of(ticket))

    assert len(asked) <= 75


def test_the_screen_speaks_russian_too(desk, ticket):
    page = desk.get(page_of(ticket), headers={"accept-language": "ru"})

    assert '<html lang="ru"' in page.content.decode()


@pytest.mark.parametrize("pk", ["00000000-0000-7000-8000-000000000000", "nonsense", "%00"])
def test_a_case_that_there_is_not_is_404(desk, pk):
    assert desk.get(f"{QUEUE}{pk}/change/").status_code == 404


# --- talking ----------------------------------------------------------------------------------------------------


def test_an_answer_is_sent_and_the_next_case_comes(desk, sam, question, claim, alice, now):
    other = ask(alice, at=now)
    desk_services.assign(ticket=other, agent=sam, by=sam, at=now)
    desk_services.assign(ticket=question, agent=sam, by=sam, at=now)

    answer = press(desk, question, "reply", text="It is on its way.", then="solve")

    assert fresh(question).status == "solved"
    assert Message.objects.filter(ticket=question).last().text == "It is on its way."
    assert answer.request["PATH_INFO"] == page_of(other)
    assert f"Sent and solved. {question.public_number}" in answer.content.decode().replace("\n", "").replace(
        f'<a class="text-link" href="{page_of(question)}">', ""
    ).replace("</a>", "")


@pytest.mark.parametrize(("then", "status"), [("", "open"), ("wait", "pending"), ("hold", "hold")])
def test_sending_says_whose_turn_it_is(desk, question, then, status):
    press(desk, question, "reply", text="A moment.", then=then)

    assert fresh(question).status == status


def test_waiting_for_the_shopper_moves_their_claim_too(desk, claim, ticket):
    press(desk, ticket, "reply", text="The receipt, please.", then="wait")

    assert (fresh(claim).status, fresh(ticket).status) == (Status.NEED_INFO, "pending")


def test_an_answer_that_explains_ends_claim_and_conversation(desk, sam, claim, ticket):
    press(desk, ticket, "reply", text="It is pending: the shop decides in March.", then="solve")

    claim, ticket = fresh(claim), fresh(ticket)
    assert (claim.status, claim.reason_code, ticket.status) == (Status.ANSWERED_AUTO, "answered", "solved")
    assert claim.steps.last().agent == sam
    assert claim.wake_at is not None


def test_words_alone_solve_no_claim_that_the_network_refused(desk, claim, ticket, now):
    Claim.objects.filter(pk=claim.pk).update(status=Status.DECLINED_NET)

    answer = press(desk, ticket, "reply", text="Sorry.", then="solve")

    assert answer.status_code == 409
    assert "decide on it first" in answer.content.decode()
    assert "Sorry." in answer.content.decode()
    assert not Message.objects.filter(ticket=ticket, text="Sorry.").exists()


def test_a_claim_that_somebody_has_is_not_solved_without_a_word(desk, claim, ticket):
    assert press(desk, ticket, "solve").status_code == 409
    assert fresh(ticket).status != "solved"


def test_a_settled_claim_leaves_its_conversation_to_be_solved(desk, claim, ticket, alice):
    claims_make.generous(alice.partner)
    press(desk, ticket, "goodwill", amount="69.65", text="The shop is silent.")
    press(desk, ticket, "reply", text="It is in your balance.", then="hold")
    step = desk.get(page_of(ticket)).context["case"].step
    press(desk, ticket, step.posts)

    assert (step.posts, fresh(ticket).status) == ("solve", "solved")
    assert desk.get(page_of(ticket)).context["case"].step.is_waiting


def test_an_empty_answer_is_refused(desk, question):
    answer = press(desk, question, "reply", text="  ")

    assert answer.status_code == 409
    assert "Write an answer first." in answer.content.decode()


def test_a_note_is_for_colleagues_and_names_one_of_them(desk, marta, question):
    press(desk, question, "note", text="@marta look at this")

    assert Message.objects.get(ticket=question, is_internal=True).text == "@marta look at this"
    assert Mention.objects.get().agent == marta


def test_who_was_named_has_seen_it_once_they_open_the_case(desk, sam, marta, question, now):
    desk_services.note(ticket=question, agent=marta, text="@sam yours", at=now)
    desk.get(page_of(question))

    assert Mention.objects.get().seen_at is not None


def test_what_is_being_written_is_kept_and_shown_again(desk, sam, question):
    draft = f"{QUEUE}{question.pk}/draft/"
    assert desk.post(draft, {"text": "Dear Al", "version": question.version}).status_code == 204
    assert "Dear Al</textarea>" in desk.get(page_of(question)).content.decode()

    desk.post(draft, {"text": " ", "version": question.version})
    assert not Draft.objects.exists()
    assert desk.post(draft, {"text": "x", "version": "many"}).status_code == 400


def test_files_go_with_an_answer_and_are_looked_into(desk, question):
    receipt = SimpleUploadedFile("receipt.png", claims_make.picture(), "image/png")
    press(desk, question, "reply", text="See this.", files=receipt)
    assert Attachment.objects.get().file.content_type == "image/png"

    page = SimpleUploadedFile("receipt.png", b"<html><script>alert(1)</script>", "image/png")
    answer = press(desk, question, "reply", text="And this.", files=page)
    assert answer.status_code == 409
    assert "neither a picture nor a PDF" in answer.content.decode()
    assert StoredFile.objects.count() == 1
    assert not Message.objects.filter(text="And this.").exists()


def test_a_name_that_nothing_filled_is_never_sent(desk, claim, ticket):
    answer = press(desk, ticket, "reply", text="Your order {order.no} waits until {network.deadline}.")

    assert answer.status_code == 409
    assert "Fill in first" in answer.content.decode()


# --- two at once ------------------------------------------------------------------------------------------------


def test_the_second_of_two_answers_is_kept_beside_the_first(desk, other_desk, question):
    version = question.version
    other_desk.post(
        f"{QUEUE}{question.pk}/do/reply/", {"text": "Marta's answer.", "version": version, "then": ""}
    )
    answer = desk.post(
        f"{QUEUE}{question.pk}/do/reply/", {"text": "Sam's answer.", "version": version, "then": ""}
    )

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Marta&#x27;s answer." in text and "Sam&#x27;s answer." in text
    assert Draft.objects.get().text == "Sam's answer."
    assert Message.objects.filter(ticket=question, text="Sam's answer.").count() == 0

    press(desk, question, "reply", text="Sam's answer.")
    assert Message.objects.filter(ticket=question, text="Sam's answer.").count() == 1


def test_a_conflict_leaves_the_claim_where_it_was(desk, other_desk, claim, ticket):
    version = fresh(ticket).version
    other_desk.post(f"{QUEUE}{ticket.pk}/do/reply/", {"text": "Marta's.", "version": version, "then": ""})
    desk.post(f"{QUEUE}{ticket.pk}/do/reply/", {"text": "Sam's.", "version": version, "then": "solve"})

    assert fresh(claim).status == Status.IN_REVIEW
    assert Draft.objects.get().is_conflicted


def test_ones_own_draft_can_be_dropped(desk, sam, question, now):
    desk_services.save_draft(ticket=question, agent=sam, text="Mine", version=1, at=now)
    press(desk, question, "drop-draft")

    assert not Draft.objects.exists()


def test_who_looks_at_a_case_sees_who_else_does(desk, other_desk, question):
    assert other_desk.post(f"{QUEUE}{question.pk}/look/", {"typing": "1"}).json()["viewers"] == []
    seen = desk.post(f"{QUEUE}{question.pk}/look/", {"typing": "0"}).json()

    assert [viewer["words"] for viewer in seen["viewers"]] == ["Marta is typing"]
    assert seen["version"] == question.version
    assert "Marta is looking" in desk.get(QUEUE + "?view=all").content.decode()
    assert "Marta is looking" not in other_desk.get(QUEUE + "?view=all").content.decode()
    other_desk.post(f"{QUEUE}{question.pk}/leave/")
    assert desk.post(f"{QUEUE}{question.pk}/look/").json()["viewers"] == []


# --- deciding ---------------------------------------------------------------------------------------------------


def test_a_claim_is_lodged_and_the_shopper_is_told(desk, claim, ticket):
    press(desk, ticket, "lodge")

    assert fresh(claim).status == Status.LODGED
    assert claim.inquiries.count() == 1


def test_a_claim_is_rejected_with_a_reason_and_words(desk, claim, ticket):
    press(desk, ticket, "reject", reason="no_proof", text="The shop does not know this order.")

    claim = fresh(claim)
    assert (claim.status, claim.reason_code) == (Status.REJECTED, "no_proof")
    assert fresh(ticket).status == "solved"


def test_a_rejection_without_a_known_reason_is_none(desk, claim, ticket):
    answer = press(desk, ticket, "reject", reason="because", text="No.")

    assert answer.status_code == 409
    assert fresh(claim).status == Status.IN_REVIEW


def test_the_rules_may_look_again(desk, claim, ticket):
    press(desk, ticket, "triage")

    assert claim.triage_runs.count() == 2


def test_goodwill_within_ones_limit_is_paid_at_once(desk, sam, claim, ticket, alice):
    claims_make.generous(alice.partner)
    answer = press(desk, ticket, "goodwill", amount="350,00", text="The shop is silent.")

    grant = GoodwillGrant.objects.get()
    assert (grant.amount_minor, grant.status, grant.requested_by) == (35000, GrantStatus.PAID, sam.user)
    assert fresh(claim).status == Status.COMPENSATED
    assert "are paid" in messages_of(answer)[0]


def test_goodwill_is_proposed_for_what_is_missing_alone(desk, claim, ticket, alice):
    claims_make.generous(alice.partner)
    before = desk.get(page_of(ticket)).context["case"]
    press(desk, ticket, "goodwill", amount="60.00", text="The shop is silent.")
    after = desk.get(page_of(ticket)).context["case"]
    press(desk, ticket, "goodwill", amount="9.65", text="The rest.")

    assert (before.missing.minor, after.missing.minor) == (6965, 965)
    assert desk.get(page_of(ticket)).context["case"].missing is None
    assert {each.who for each in after.story if each.words.startswith("goodwill")} == {"Sam"}


def test_goodwill_above_it_waits_for_another_person(desk, irina, claim, ticket, alice):
    claims_make.generous(alice.partner)
    press(desk, ticket, "goodwill", amount="2000", text="A loyal shopper.")
    assert GoodwillGrant.objects.get().status == GrantStatus.ASKED
    assert press(desk, ticket, "approve").status_code == 409

    lead = at_the_desk(irina)
    assert [row.ticket for row in lead.get(QUEUE + "?view=goodwill").context["rows"]] == [ticket]
    press(lead, ticket, "approve")
    assert GoodwillGrant.objects.get().status == GrantStatus.PAID
    assert fresh(claim).status == Status.COMPENSATED


def test_goodwill_that_is_refused_gives_the_claim_back(desk, irina, claim, ticket, alice):
    claims_make.generous(alice.partner)
    press(desk, ticket, "goodwill", amount="2000", text="A loyal shopper.")
    press(at_the_desk(irina), ticket, "refuse", text="Ask the network first.")

    assert GoodwillGrant.objects.get().refusal == "Ask the network first."
    assert fresh(claim).status == Status.IN_REVIEW


@pytest.mark.parametrize("amount", ["", "-5", "many", "0", "99999999999999999999"])
def test_an_amount_that_is_none_is_refused(desk, claim, ticket, alice, amount):
    claims_make.generous(alice.partner)
    assert press(desk, ticket, "goodwill", amount=amount, text="Because.").status_code == 409
    assert not GoodwillGrant.objects.exists()


def test_a_claim_is_opened_for_the_shopper_from_their_trip(desk, sam, question, click):
    answer = press(
        desk,
        question,
        "claim",
        click=click.public_id,
        order_no="AB-77",
        amount="1990,00",
        text="They told me.",
    )

    made = Claim.objects.get()
    assert (made.opened_by, made.opened_via, made.order_minor) == (sam, "agent", 199000)
    assert answer.request["PATH_INFO"] == f"{QUEUE}{made.ticket_id}/change/"


def test_anothers_trip_opens_no_claim(desk, question, bob, shop, now):
    trip = claims_make.trip(by=bob, on=shop, at=now)

    assert press(desk, question, "claim", click=trip.public_id, order_no="1", amount="5").status_code == 409
    assert not Claim.objects.exists()


# --- the rest ---------------------------------------------------------------------------------------------------


def test_a_case_is_given_to_a_colleague_and_back(desk, marta, question):
    press(desk, question, "assign", agent=marta.pk)
    assert fresh(question).assignee == marta

    press(desk, question, "assign", agent="")
    assert fresh(question).assignee is None


def test_nobody_from_behind_another_wall_is_offered(desk, django_user_model, question, birch):
    from partners.models import StaffReach

    bella = claims_make.agent(django_user_model, "bella")
    StaffReach.objects.create(user=bella.user).partners.add(birch.partner)

    assert bella not in desk.get(page_of(question)).context["case"].colleagues
    assert press(desk, question, "assign", agent=bella.pk).status_code == 409


@pytest.mark.parametrize("span", ["hour", "three-hours", "tomorrow", "monday", "week"])
def test_a_case_sleeps_until_a_time_to_come(desk, question, span, now):
    press(desk, question, "snooze", span=span)

    assert timedelta(minutes=50) < fresh(question).snoozed_until - now < timedelta(days=8)


@pytest.mark.parametrize("fields", [{"span": "never"}, {"until": "2020-01-01T10:00"}, {"until": "soon"}])
def test_a_sleep_that_ends_before_it_begins_is_refused(desk, question, fields):
    assert press(desk, question, "snooze", **fields).status_code == 409


def test_priority_category_and_tags_are_changed(desk, question):
    press(desk, question, "change", priority="high", category="payout_problem", tags="vip, bank")

    question = fresh(question)
    assert (question.priority, question.category, question.tags) == (
        "high",
        "payout_problem",
        ["bank", "vip"],
    )
    assert press(desk, question, "change", priority="highest").status_code == 409


def test_two_questions_of_one_person_become_one(desk, question, alice, now):
    other = ask(alice, at=now, subject="Again", text="Hello?")
    assert other.public_number in desk.get(f"{QUEUE}{question.pk}/twins/").content.decode()

    press(desk, other, "merge", into=question.public_number)

    assert fresh(other).merged_into == question
    assert "Hello?" in desk.get(page_of(question)).content.decode()
    assert desk.get(page_of(other)).headers["Location"] == page_of(question)


def test_two_persons_are_never_merged(desk, question, bob, now):
    other = ask(bob, at=now)

    assert press(desk, other, "merge", into=question.public_number).status_code == 409
    assert other.public_number not in desk.get(f"{QUEUE}{question.pk}/twins/").content.decode()


def test_a_message_is_removed_with_its_reason_and_its_files(desk, sam, question, now):
    receipt = SimpleUploadedFile("card.png", claims_make.picture(), "image/png")
    press(desk, question, "reply", text="4111 1111 1111 1111", files=receipt)
    message, file = Message.objects.get(text__startswith="4111"), StoredFile.objects.get()
    address = f"{QUEUE}{question.pk}/file/{file.pk}/"
    assert desk.get(address).status_code == 200

    press(desk, question, "redact", message=message.pk, text="A card's number")

    page = desk.get(page_of(question)).content.decode()
    assert "4111" not in page and "A card&#x27;s number" in page
    assert desk.get(address).status_code == 404
    assert Redaction.objects.get().agent == sam
    assert press(desk, question, "redact", message=message.pk, text="Again").status_code == 409


def test_a_message_of_another_case_is_not_removed_here(desk, question, claim):
    other = Message.objects.filter(ticket=claim.ticket_id).first()

    assert press(desk, question, "redact", message=other.pk, text="x").status_code == 409
    assert not Redaction.objects.exists()


def test_an_action_that_there_is_not_is_404(desk, question):
    assert desk.post(f"{QUEUE}{question.pk}/do/explode/").status_code == 404
    assert desk.get(f"{QUEUE}{question.pk}/do/reply/").status_code == 405


def test_a_macro_is_shown_for_the_case_before_it_is_used(desk, sam, claim, ticket, now):
    from support.desk import macros
    from support.desk.models import Macro

    macro = Macro.objects.create(
        name="Where it stands", actions=[{"do": "pend"}, {"do": "tag", "tag": "told"}]
    )
    texts = {"en": "Ticket {ticket.no}, order {order.no}."}
    macros.new_version(macro=macro, texts=texts, by=sam.user, at=now)

    shown = desk.get(f"{QUEUE}{ticket.pk}/macro/{macro.pk}/").json()
    assert shown["text"] == f"Ticket {ticket.public_number}, order AB-1001."
    assert (shown["missing"], shown["then"]) == ([], "wait")

    press(desk, ticket, "reply", text=shown["text"], then="wait", macro=macro.pk)
    assert fresh(ticket).tags == ["told"]
    assert Message.objects.filter(macro_version__macro=macro).count() == 1
    assert fresh(claim).status == Status.NEED_INFO


def test_a_macro_for_another_partner_is_not_there(desk, sam, ticket, birch, now):
    from support.desk import macros
    from support.desk.models import Macro

    macro = Macro.objects.create(name="Birch alone")
    macro.for_partners.add(birch.partner)
    macros.new_version(macro=macro, texts={"en": "Hi"}, by=sam.user, at=now)

    assert desk.get(f"{QUEUE}{ticket.pk}/macro/{macro.pk}/").status_code == 404


def test_what_happened_is_told_with_who_did_it(desk, sam, marta, claim, ticket, now):
    press(desk, ticket, "assign", agent=marta.pk)
    press(desk, ticket, "lodge")
    told = [(each.words, each.who) for each in desk.get(page_of(ticket)).context["case"].story]

    assert ("given to Marta", "Sam") in told
    assert any(words.startswith("claim: to be sent to the network") and who == "Sam" for words, who in told)


def test_only_the_rules_answer_by_themselves(desk, claim, ticket, click, now):
    def told():
        case = desk.get(page_of(ticket)).context["case"]
        return case.status, [each.words for each in case.story if each.words.startswith("claim: answered")]

    press(desk, ticket, "reply", text="It is pending: the shop decides in March.", then="solve")
    assert told() == ("answered", ["claim: answered (we answered)"])

    claims.contest(claim=fresh(claim), text="No.", at=now)
    claims.move(claim=fresh(claim), to=Status.ANSWERED_AUTO, reason="already_pending", at=now + DAY)
    assert told()[0] == "answered by itself"


def test_a_file_is_served_to_those_who_may_see_its_case_alone(
    desk, django_user_model, groups, birch, click, now
):
    from partners.models import StaffReach
    from tests.support.admin.conftest import hire

    claim = in_review(click, at=now, files=[("чек.png", claims_make.picture())])
    file = claim.evidence.get().file
    address = f"{QUEUE}{claim.ticket_id}/file/{file.pk}/"
    answer = desk.get(address)

    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer.headers["Cache-Control"]
    bella = hire(django_user_model, "bella")
    StaffReach.objects.create(user=bella.user).partners.add(birch.partner)
    assert at_the_desk(bella).get(address).status_code == 404
    own = ask(make.shopper(birch, "bob"), at=now)
    assert at_the_desk(bella).get(f"{QUEUE}{own.pk}/file/{file.pk}/").status_code == 404
    assert claims.stage_of(claim) == "checking"
