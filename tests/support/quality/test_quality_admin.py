"""Ratings, reviews, suggestions and bonus sheets on the staff's pages."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from support.quality import suggestions
from support.quality.models import BonusPlan, BonusSheet, QAReview, Rubric, Stage, Suggestion
from support.quality.periods import Kind, period_at
from tests.support import quality_make as make

pytestmark = pytest.mark.django_db

RATINGS = "/admin/quality/rating/"
REVIEWS = "/admin/quality/qareview/"
SUGGESTIONS = "/admin/quality/suggestion/"
SHEETS = "/admin/quality/bonussheet/"


def allow(user, *names) -> Client:
    user.user_permissions.add(
        *Permission.objects.filter(content_type__app_label="quality", codename__in=names)
    )
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ann(house):
    return allow(house.ann.user, "view_rating", "view_qareview", "view_suggestion", "add_suggestion")


def test_who_is_no_agent_is_told_so_and_files_nothing(django_user_model):
    otto = django_user_model.objects.create_user("otto", password="a-long-password", is_staff=True)
    client = allow(otto, "view_suggestion", "add_suggestion")
    page = client.post(f"{SUGGESTIONS}add/", {"title": "Ours", "text": "Because."}, follow=True)
    assert "You are not an agent" in page.content.decode()
    assert Suggestion.objects.count() == 0


@pytest.fixture
def zoe(house):
    """A lead who runs the house."""
    user = house.zoe.user
    names = Permission.objects.filter(content_type__app_label="quality").values_list("codename", flat=True)
    return allow(user, *names)


def test_an_agent_reads_what_was_said_of_them_and_nobody_edits_it(house, ann, zoe, at):
    opened = at - timedelta(hours=4)
    mine = make.rated(make.case(by=house.alice, agent=house.ann, opened=opened), 5, at=at)
    theirs = make.rated(make.case(by=house.alice, agent=house.ben, opened=opened), 1, at=at)

    assert ann.get(f"{RATINGS}{mine.pk}/change/").status_code == 200
    assert ann.get(f"{RATINGS}{theirs.pk}/change/").status_code == 302
    assert zoe.get(f"{RATINGS}{theirs.pk}/change/").status_code == 200
    assert zoe.post(f"{RATINGS}{mine.pk}/change/", {"score": 1}).status_code == 403
    assert zoe.get(f"{RATINGS}add/").status_code == 403
    assert b"1 / 5" not in ann.get(RATINGS).content


@pytest.fixture
def review(house, at):
    case = make.case(by=house.alice, agent=house.ann, opened=at - timedelta(hours=4))
    return QAReview.objects.create(
        partner=case.partner, ticket=case, cycle=1, agent=house.ann, why="sample", picked_at=at
    )


ANSWERS = {**dict.fromkeys(Rubric.values, "4"), "comment": "Warm and right."}


def test_a_lead_writes_a_review_and_its_subject_reads_it(review, house, zoe, ann):
    write = f"{REVIEWS}{review.pk}/write/"
    assert write.encode() in zoe.get(f"{REVIEWS}{review.pk}/change/").content
    assert zoe.post(write, {**ANSWERS, "right": ""}).status_code == 400
    assert ann.get(f"{REVIEWS}{review.pk}/change/").status_code == 302

    assert zoe.post(write, ANSWERS).status_code == 302

    review.refresh_from_db()
    assert (review.percent, review.reviewer) == (80, house.zoe)
    assert b"Warm and right." in ann.get(f"{REVIEWS}{review.pk}/change/").content
    assert zoe.post(write, ANSWERS).status_code == 400


def test_nobody_writes_their_own_review(review, house, ann):
    house.ann.role = "lead"
    house.ann.save()
    client = Client()
    client.force_login(house.ann.user)

    assert client.post(f"{REVIEWS}{review.pk}/write/", ANSWERS).status_code == 403
    assert QAReview.objects.waiting().exists()


def test_an_agent_files_a_suggestion_and_another_moves_it_on(house, ann, zoe):
    claim = make.claim(by=house.alice, team=house.day, opened=make.MONDAY)
    form = {"title": "Ask for the receipt", "text": "At once.", "shown_by": f"С-{claim.number}"}
    assert ann.post(f"{SUGGESTIONS}add/", form).status_code == 302
    idea = Suggestion.objects.get()
    assert (idea.author, list(idea.claims.all())) == (house.ann, [claim])

    move = f"{SUGGESTIONS}{idea.pk}/move/"
    assert ann.get(move).status_code == 403
    assert zoe.get(move).status_code == 200
    assert zoe.post(move, {"to": "accepted", "impact": "5"}).status_code == 400
    assert zoe.post(move, {"to": "shipped"}).status_code == 400
    assert (
        zoe.post(move, {"to": "accepted", "impact": "5", "confidence": "5", "ease": "2"}).status_code == 302
    )
    assert zoe.post(move, {"to": "task", "task": "DEV-1"}).status_code == 302
    assert zoe.post(move, {"to": "shipped"}).status_code == 302

    idea.refresh_from_db()
    assert (idea.stage, idea.score, idea.credit) == (Stage.SHIPPED, 50, 1)
    page = zoe.get(f"{SUGGESTIONS}{idea.pk}/change/").content.decode()
    assert claim.public_number in page and "5 × 5 × 2 = 50" in page
    assert zoe.get(SUGGESTIONS).status_code == 200


def test_nobody_moves_their_own_suggestion(house, zoe, at):
    idea = suggestions.propose(author=house.zoe, title="Mine", text="Better.", at=at)

    answer = zoe.post(
        f"{SUGGESTIONS}{idea.pk}/move/", {"to": "accepted", "impact": "9", "confidence": "9", "ease": "9"}
    )

    assert answer.status_code == 400
    assert b"Nobody decides on a suggestion of their own." in answer.content
    assert Suggestion.objects.get().stage == Stage.PROPOSED


def test_duplicates_are_merged_on_the_page(house, zoe, at):
    first = suggestions.propose(author=house.ann, title="One", text="Better.", at=at)
    second = suggestions.propose(author=house.ben, title="Two", text="Better.", at=at)

    assert (
        zoe.post(f"{SUGGESTIONS}{second.pk}/move/", {"to": "duplicate", "into": first.pk}).status_code == 302
    )

    second.refresh_from_db()
    assert second.merged_into == first


def last_week(at):
    return period_at(Kind.WEEK, at - timedelta(days=14), zone="UTC")


def test_a_sheet_is_looked_at_then_frozen_then_downloaded(house, zoe, ann, at):
    period = last_week(at)
    make.case(by=house.alice, agent=house.ann, opened=period.since)
    code = f"week-{period.first_day}"
    assert b"Ann" in zoe.get(f"{SHEETS}freeze/?period={code}").content
    assert not BonusSheet.objects.exists()

    assert zoe.post(f"{SHEETS}freeze/", {"period": code}).status_code == 302

    sheet = BonusSheet.objects.get()
    page = zoe.get(f"{SHEETS}{sheet.pk}/change/").content.decode()
    assert "the events give the same" in page and "Ann" in page
    assert zoe.get(SHEETS).status_code == 200
    file = zoe.get(f"{SHEETS}{sheet.pk}/csv/")
    assert file.content.decode("utf-8-sig").splitlines()[1].startswith("Ann,Day,1,0,1.00,1.00")
    # Frozen once: it is no longer offered.
    zoe.post(f"{SHEETS}freeze/", {"period": code})
    assert BonusSheet.objects.count() == 1
    for address in (SHEETS, f"{SHEETS}freeze/", f"{SHEETS}{sheet.pk}/csv/"):
        assert ann.get(address).status_code == 403


def test_a_plan_begins_in_the_future_and_is_never_edited(house, zoe, at):
    plan = {"per_case": 2, "satisfaction": 100, "speed": 50, "per_zero_shift": 10, "per_suggestion": 50}
    add = "/admin/quality/bonusplan/add/"
    yesterday, tomorrow = at - timedelta(days=1), at + timedelta(days=1)
    assert zoe.get(add).status_code == 200
    refused = zoe.post(add, {**plan, "starts_at_0": f"{yesterday:%Y-%m-%d}", "starts_at_1": "00:00:00"})
    assert refused.status_code == 200 and not BonusPlan.objects.exists()

    zoe.post(add, {**plan, "starts_at_0": f"{tomorrow:%Y-%m-%d}", "starts_at_1": "23:59:00"})

    made = BonusPlan.objects.get()
    assert (made.per_case, made.made_by) == (2, house.zoe.user)
    assert (
        zoe.post(f"/admin/quality/bonusplan/{made.pk}/change/", {**plan, "per_case": 99}).status_code == 403
    )
