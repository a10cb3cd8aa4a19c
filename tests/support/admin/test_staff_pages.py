"""The staff pages of support's rooms: macros, hours, people, networks' files, letters, goodwill, and Ctrl-K."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cashback.lib.admin import list_of, page_of
from support.claims import services as claims
from support.claims.models import Claim, InquiryBatch, InquiryStatus, NetworkInquiry, RuleSwitch, TriageRun
from support.clocks import services as clocks
from support.clocks.models import Calendar, ClockPolicy
from support.desk import macros
from support.desk.models import Agent, AuditEvent, Macro, Team
from support.goodwill.models import GoodwillGrant, GoodwillPolicy
from support.mail.models import InboundMail, SupportSender
from support.shifts.models import RotaTemplate, Shift
from tests.support import claims_make
from tests.support.admin.conftest import at_the_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client, admin_user):
    client.force_login(admin_user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


PAGES = [
    *(Claim, TriageRun, RuleSwitch, NetworkInquiry, InquiryBatch, GoodwillGrant, GoodwillPolicy, Macro, Team),
    *(Agent, Calendar, ClockPolicy, Shift, RotaTemplate, InboundMail, SupportSender, AuditEvent),
]


def test_who_logs_in_from_nowhere_comes_to_the_overview(client, django_user_model):
    django_user_model.objects.create_user("vera", password="a long one", is_staff=True)
    answer = client.post(reverse("admin:login"), {"username": "vera", "password": "a long one"})

    assert (answer.status_code, answer["location"]) == (302, reverse("admin:index"))


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_list_opens(root, claim, model, language):
    assert root.get(list_of(model), headers={"accept-language": language}).status_code == 200


@pytest.mark.parametrize(
    "model", [Macro, Team, Agent, Calendar, ClockPolicy, Shift, RotaTemplate, SupportSender]
)
def test_every_form_opens(root, model):
    assert root.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")).status_code == 200


def test_a_claims_page_tells_its_steps_and_leads_to_its_case(root, claim):
    page = root.get(page_of(Claim, claim.pk)).content.decode()

    assert "contested" in page or "the shopper disagrees" in page
    assert reverse("admin:desk_ticket_change", args=[claim.ticket_id]) in page
    assert root.get(page_of(TriageRun, claim.triage_runs.get().pk)).status_code == 200


@pytest.mark.parametrize("words", ["{number}", "AB-1001", "alice", "{public_id}"])
def test_a_claim_is_found_by_what_is_known_of_it(root, claim, words):
    asked = words.format(number=claim.public_number, public_id=claim.public_id)
    page = root.get(list_of(Claim), {"q": asked})

    assert [row.pk for row in page.context["cl"].result_list] == [claim.pk]


# --- macros -----------------------------------------------------------------------------------------------------


def macro_form(**fields):
    told = {"name": "Hello", "is_active": "on", "text_en": "Hello, {ticket.no}.", "text_ru": "", **fields}
    return {f"do_{place}": "" for place in range(3)} | {f"with_{place}": "" for place in range(3)} | told


def test_a_macro_is_written_and_every_change_of_its_words_is_a_version(root):
    root.post(reverse("admin:desk_macro_add"), macro_form(do_0="snooze", with_0="3", categories=["other"]))
    macro = Macro.objects.get()
    assert (macro.actions, macro.categories) == ([{"do": "snooze", "days": 3}], ["other"])
    assert macro.versions.get().texts == {"en": "Hello, {ticket.no}."}

    root.post(page_of(Macro, macro.pk), macro_form(text_en="Good day, {ticket.no}."))
    root.post(page_of(Macro, macro.pk), macro_form(text_en="Good day, {ticket.no}.", name="Good day"))
    assert [version.number for version in macro.versions.order_by("number")] == [1, 2]
    assert "Good day, {ticket.no}." in root.get(page_of(Macro, macro.pk)).content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text_en": "Dear {shopper.password}"}, "There is no such name"),
        ({"text_en": "Dear {ticket.no"}, "There is no such name"),
        ({"text_en": ""}, "Write the text in one language at least."),
        ({"do_0": "snooze", "with_0": "soon"}, "Write for how many days"),
    ],
)
def test_a_macro_that_would_go_wrong_is_not_stored(root, fields, said):
    answer = root.post(reverse("admin:desk_macro_add"), macro_form(**fields))

    assert said in answer.content.decode()
    assert not Macro.objects.exists()


def test_a_macros_page_shows_it_for_a_case(root, admin_user, question, now):
    from tests.support.walled_rows import employ

    employ(admin_user)
    macro = Macro.objects.create(name="Hello")
    macros.new_version(macro=macro, texts={"en": "Hello, {ticket.no}."}, by=admin_user, at=now)

    assert f"Hello, {question.public_number}." in root.get(page_of(Macro, macro.pk)).content.decode()


# --- hours ------------------------------------------------------------------------------------------------------


@pytest.fixture
def calendar(now):
    return clocks.make_default_calendar(at=now)


def test_new_hours_are_a_new_version(root, calendar):
    address = reverse("admin:clocks_calendar_hours", args=[calendar.pk])
    assert "09:00–21:00" in root.get(address).content.decode()
    week = {f"day_{day}": "" for day in range(7)} | {
        "day_0": "09:00–13:00, 14.00 - 18:00",
        "day_4": "21:00–24:00",
    }
    root.post(address, {"time_zone": "Europe/Moscow", "holidays": "2027-01-01 New Year\n", **week})

    version = calendar.versions.order_by("-number").first()
    hours = [
        (each.weekday, f"{each.opens:%H:%M}", f"{each.closes:%H:%M}")
        for each in version.intervals.order_by("weekday", "opens")
    ]
    assert hours == [(0, "09:00", "13:00"), (0, "14:00", "18:00"), (4, "21:00", "00:00")]
    assert [(each.day, each.name) for each in version.holidays.all()] == [(date(2027, 1, 1), "New Year")]
    assert "09:00–13:00, 14:00–18:00" in root.get(address).content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"day_0": "nine to five"},
        {"day_0": "18:00–09:00"},
        {"day_0": "25:00–26:00"},
        {"day_0": "09:00–12:00, 11:00–13:00"},
        {"day_0": ""},
        {"day_0": "09:00–18:00", "time_zone": "Moscow"},
        {"day_0": "09:00–18:00", "holidays": "New Year"},
    ],
)
def test_hours_that_cannot_be_are_refused_on_the_page(root, calendar, fields):
    before = calendar.versions.count()
    address = reverse("admin:clocks_calendar_hours", args=[calendar.pk])
    answer = root.post(address, {"time_zone": "Europe/Moscow", "holidays": "", **fields})

    assert answer.status_code == 422
    assert calendar.versions.count() == before


# --- people and the rota ----------------------------------------------------------------------------------------


def test_an_agents_presence_is_set_and_logged(root, sam):
    root.post(reverse("admin:desk_agent_go_online", args=[sam.pk]))
    sam.refresh_from_db()

    assert sam.presence == "online"
    assert sam.presence_changes.count() == 1


def test_the_week_is_planned_of_the_rota(root, sam):
    line = RotaTemplate.objects.create(team=sam.team, name="Day", weekday=0, starts="09:00", ends="18:00")
    line.agents.add(sam)
    address = reverse("admin:shifts_rotatemplate_plan")
    for _twice in range(2):
        root.post(address, {"week": "next"})

    assert [agent.name for agent in Shift.objects.get().agents.all()] == ["Sam"]


# --- networks ---------------------------------------------------------------------------------------------------


@pytest.fixture
def lodged(sam, claim, now):
    claims.lodge(claim=claim, agent=sam, at=now)
    return NetworkInquiry.objects.get()


def test_questions_go_out_in_a_file_and_their_answers_come_back(root, lodged, paper_account):
    assert "1 question" in root.get(list_of(InquiryBatch)).content.decode()
    root.post(reverse("admin:claims_inquirybatch_make"), {"account": paper_account.pk})
    batch = InquiryBatch.objects.get()
    file = root.get(reverse("admin:claims_inquirybatch_file", args=[batch.pk]))
    assert lodged.reference in file.content.decode()
    assert file.headers["Content-Disposition"] == 'attachment; filename="inquiries-1.csv"'
    root.post(reverse("admin:claims_inquirybatch_mark_sent", args=[batch.pk]))
    assert NetworkInquiry.objects.get().status == InquiryStatus.SUBMITTED

    answers = f"reference;status;reason\n{lodged.reference};rejected;Cancelled\nnobody;accepted;\n"
    upload = SimpleUploadedFile("answers.csv", answers.encode("cp1251"))
    page = root.post(
        reverse("admin:claims_inquirybatch_answers"), {"account": paper_account.pk, "answers": upload}
    )
    assert page.context["result"].count("taken") == 1
    assert "No question of ours to this network has that reference." in page.content.decode()
    assert NetworkInquiry.objects.get().status == InquiryStatus.REJECTED
    assert root.get(page_of(NetworkInquiry, lodged.pk)).status_code == 200


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"a;b\n1;2\n"])
def test_a_file_that_is_no_answer_is_refused(root, paper_account, content):
    upload = SimpleUploadedFile("answers.csv", content or b" ")
    answer = root.post(
        reverse("admin:claims_inquirybatch_answers"), {"account": paper_account.pk, "answers": upload}
    )

    assert answer.status_code == 422


def test_nothing_to_send_makes_no_file(root, paper_account):
    root.post(reverse("admin:claims_inquirybatch_make"), {"account": paper_account.pk})

    assert not InquiryBatch.objects.exists()


# --- mail, goodwill, rules --------------------------------------------------------------------------------------


def test_a_parked_letter_is_read_again_or_put_aside(root, now):
    letter = InboundMail.objects.create(
        source="webhook",
        digest=b"3" * 32,
        raw=b"x",
        size=1,
        received_at=now,
        next_attempt_at=now,
        parked_at=now,
    )
    root.post(reverse("admin:mail_inboundmail_replay", args=[letter.pk]))
    letter.refresh_from_db()
    assert letter.parked_at is None


def test_a_storefront_writes_by_its_own_name(root, acorn):
    fields = {"storefront": acorn.pk, "name_en": "Acorn care", "name_ru": "Забота", "signature_en": "Yours"}
    root.post(reverse("admin:mail_supportsender_add"), fields)

    sender = SupportSender.objects.get()
    assert (sender.partner, sender.names, sender.signatures) == (
        acorn.partner,
        {"en": "Acorn care", "ru": "Забота"},
        {"en": "Yours"},
    )


def test_goodwill_is_approved_from_its_page_by_another_person(sam, irina, claim, alice, now):
    claims_make.generous(alice.partner)
    claims.ask_goodwill(claim=claim, agent=sam, amount_minor=200000, why="Loyal.", at=now)
    grant = GoodwillGrant.objects.get()
    address = reverse("admin:goodwill_goodwillgrant_approve", args=[grant.pk])

    refused = at_the_desk(sam).post(address, follow=True)
    assert "Another person must approve it." in refused.content.decode()
    at_the_desk(irina).post(address)
    grant.refresh_from_db()
    assert grant.approved_by == irina.user


def test_a_rule_is_switched_off_with_its_reason(root):
    root.post(reverse("admin:claims_ruleswitch_add"), {"rule": "too_late", "why": "Wrong for Harbor."})

    switch = RuleSwitch.objects.get()
    assert (switch.rule, switch.is_on) == ("too_late", False)


# --- Ctrl-K -----------------------------------------------------------------------------------------------------


def found(desk, words) -> str:
    return desk.get("/admin/search/", {"s": words, "extended": "1"}).content.decode()


@pytest.mark.parametrize("words", ["AB-1001", "{claim}", "{ticket}", "{click}", "{email}", "alice"])
def test_anything_that_is_known_of_a_case_finds_it(desk, claim, alice, words):
    alice.email = "alice@shopper.test"
    alice.save()
    told = {
        "claim": claim.public_number,
        "ticket": claim.ticket.public_number,
        "click": claim.click.public_id,
        "email": alice.email,
    }

    assert str(claim.ticket_id) in found(desk, words.format(**told))


def test_ctrl_k_finds_nothing_of_another_partner(django_user_model, groups, birch, claim):
    from partners.models import StaffReach
    from tests.support.admin.conftest import hire

    bella = hire(django_user_model, "bella")
    StaffReach.objects.create(user=bella.user).partners.add(birch.partner)
    desk = at_the_desk(bella)
    asked = ["AB-1001", claim.public_number, claim.click.public_id, "alice", claim.ticket.public_number]

    assert [str(claim.ticket_id) in found(desk, words) for words in asked] == [False] * 5
    assert [str(claim.click_id) in found(desk, words) for words in asked] == [False] * 5
    assert [str(claim.shopper_id) in found(desk, words) for words in asked] == [False] * 5


def test_ctrl_k_of_whoever_may_not_look_is_empty(client, django_user_model, claim):
    nora = django_user_model.objects.create_user("nora", password="a-long-password", is_staff=True)
    client.force_login(nora)

    assert str(claim.ticket_id) not in found(client, "AB-1001")


@pytest.mark.parametrize("words", ["\x00", "x", "clk_nonsense", "%" * 500])
def test_ctrl_k_takes_rubbish_calmly(desk, words):
    assert desk.get("/admin/search/", {"s": words, "extended": "1"}).status_code == 200


def test_shifts_that_were_frozen_keep_their_people(root, sam, now):
    from support.shifts import close, rota

    shift = rota.plan_shift(
        team=sam.team,
        name="Day",
        starts_at=now - timedelta(hours=9),
        ends_at=now - timedelta(hours=1),
        agents=[sam],
    )
    close.close_due(at=now)
    page = root.get(page_of(Shift, shift.pk)).content.decode()

    assert 'name="agents"' not in page
    assert "How it ended" in page


def test_a_shift_is_planned_with_its_people(root, sam, marta):
    fields = {"team": sam.team_id, "name": "Day", "agents": [sam.pk], "starts_at_0": "2027-03-01"}
    times = {"starts_at_1": "09:00", "ends_at_0": "2027-03-01", "ends_at_1": "18:00"}
    root.post(reverse("admin:shifts_shift_add"), fields | times)
    shift = Shift.objects.get()
    assert list(shift.agents.all()) == [sam]

    root.post(page_of(Shift, shift.pk), fields | times | {"agents": [marta.pk]})
    assert list(shift.agents.all()) == [marta]
