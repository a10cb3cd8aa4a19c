"""Tokens for the operator's API, in the hands of those whose scripts use them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cashback.lib.admin import list_of, page_of
from partners.keys import staff_tokens
from partners.models import StaffToken

pytestmark = pytest.mark.django_db

ADD = "/admin/partners/stafftoken/add/"


def told(*, name: str = "Onboarding", ends_in: timedelta = timedelta(days=30)) -> dict[str, str]:
    ends_at = timezone.localtime(timezone.now() + ends_in)
    return {"name": name, "expires_at_0": f"{ends_at:%Y-%m-%d}", "expires_at_1": f"{ends_at:%H:%M:%S}"}


@pytest.fixture
def roots(root, admin_user) -> StaffToken:
    token, _text = staff_tokens.create(
        user=admin_user, name="Root's", lasts=timedelta(days=1), at=timezone.now()
    )
    return token


def press(staff, token: StaffToken):
    return staff.post(page_of(StaffToken, token.pk).replace("change/", "revoke/"))


def test_a_token_is_made_shown_once_and_opens_the_door(operator):
    answer = operator.post(ADD, told())
    token, text = StaffToken.objects.get(), answer.context["secret"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert text in answer.content.decode()
    assert staff_tokens.find(text, at=timezone.now()) == token
    assert (token.user.username, token.name) == ("olga", "Onboarding")
    for where in (list_of(StaffToken), page_of(StaffToken, token.pk)):
        shown = operator.get(where).content.decode()
        assert token.label in shown
        assert text.rpartition("_")[2] not in shown
        assert token.secret_digest not in shown


@pytest.mark.parametrize(
    "rubbish",
    [
        {},
        {"name": "x" * 81},
        {"name": "x", "expires_at_0": "soon", "expires_at_1": "\x00"},
        told(ends_in=-timedelta(minutes=1)),
        told(ends_in=timedelta(days=367)),
        {**told(), "expires_at_0": "99999-01-01"},
    ],
)
def test_rubbish_is_refused_with_a_word_and_makes_nothing(operator, rubbish):
    answer = operator.post(ADD, rubbish)
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not StaffToken.objects.exists()


def test_whoever_made_it_revokes_it(operator):
    text = operator.post(ADD, told()).context["secret"]
    token = StaffToken.objects.get()
    press(operator, token)
    with pytest.raises(staff_tokens.TokenRefused, match="revoked"):
        staff_tokens.find(text, at=timezone.now())
    assert "/revoke/" not in operator.get(page_of(StaffToken, token.pk)).content.decode()


def test_nobody_sees_or_revokes_another_persons_but_a_superuser(root, operator, roots):
    assert roots.label not in operator.get(list_of(StaffToken)).content.decode()
    press(operator, roots)
    roots.refresh_from_db()
    assert roots.revoked_at is None
    operator.post(ADD, told())
    olgas = StaffToken.objects.exclude(pk=roots.pk).get()
    assert olgas.label in root.get(list_of(StaffToken)).content.decode()
    press(root, olgas)
    olgas.refresh_from_db()
    assert olgas.revoked_at is not None


def test_support_has_no_such_page(support, roots):
    for where in (list_of(StaffToken), ADD, page_of(StaffToken, roots.pk)):
        assert support.get(where).status_code == 403
    assert press(support, roots).status_code == 403
