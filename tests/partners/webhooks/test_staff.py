"""What staff see of webhooks, and what they may press."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from cashback.lib.admin import list_of, page_of
from partners.webhooks import services
from partners.webhooks.models import Delivery, WebhookEndpoint
from tests.partners.webhooks.conftest import happen, listen, send

OFF = WebhookEndpoint.OffBecause


@pytest.fixture
def staff(django_user_model, acorn) -> Client:
    user = django_user_model.objects.create_user("olaf", password="a-long-password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["webhooks", "partners"]))
    client = Client()
    client.force_login(user)
    return client


def press(staff, row, name: str):
    return staff.post(page_of(type(row), row.pk).replace("change/", f"{name}/"), follow=True)


def said(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


@pytest.fixture
def given_up(acorn, endpoint, receiver, clock) -> Delivery:
    receiver.answer = lambda _number: 500
    happen(acorn, clock.now)
    send(clock)
    Delivery.objects.update(status="failed")
    receiver.answer = lambda _number: 200
    return Delivery.objects.get()


def test_a_delivery_is_shown_with_its_tries_and_its_message(staff, given_up):
    page = staff.get(page_of(Delivery, given_up.pk)).content.decode()

    assert "answer 500" in page
    assert "transaction.created" in page
    assert "&quot;version&quot;: &quot;v1&quot;" in page
    assert given_up.public_id in staff.get(list_of(Delivery)).content.decode()


def test_an_endpoint_is_shown_with_its_deliveries_and_without_its_secret(staff, endpoint, given_up):
    page = staff.get(page_of(WebhookEndpoint, endpoint.pk)).content.decode()

    assert endpoint.url in page
    assert f"/admin/webhooks/delivery/{given_up.pk}/change/" in page
    assert endpoint.secret not in page


def test_one_delivery_is_sent_again_by_a_button(staff, given_up, receiver, clock):
    assert said(press(staff, given_up, "replay")) == ["The event is on its way again."]
    send(clock_of_now(clock))
    assert len(receiver.accepted) == 1


def test_what_was_given_up_is_sent_again_by_a_button(staff, endpoint, given_up, receiver, clock):
    assert said(press(staff, endpoint, "replay-failed")) == ["1 event is on its way."]
    send(clock_of_now(clock))
    assert len(receiver.accepted) == 1


def test_a_whole_day_is_sent_again_by_a_button(staff, acorn, endpoint, receiver, clock):
    happen(acorn, clock.now, count=3)
    send(clock)
    assert said(press(staff, endpoint, "replay-day")) == ["3 events are on their way."]
    send(clock_of_now(clock))
    assert len(receiver.accepted) == 6


def clock_of_now(clock):
    """The buttons go by the clock on the wall."""
    clock.now = timezone.now()
    return clock


def test_an_endpoint_that_is_off_says_so_in_a_banner_and_on_the_first_page(staff, endpoint, at):
    services.switch_off(endpoint=endpoint, at=at, because=OFF.FAILING)

    banner = said(staff.get(page_of(WebhookEndpoint, endpoint.pk)))
    needs = {str(need["title"]): need for need in staff.get("/admin/").context["needs"]}

    assert banner == ["No events are sent to this endpoint: it had failed for five days."]
    need = needs["Webhook endpoints switched off for failing"]
    assert (need["count"], need["is_urgent"]) == (1, True)
    assert endpoint.public_id in staff.get(need["link"]).content.decode()
    assert press(staff, endpoint, "ping").status_code == 200
    assert Delivery.objects.count() == 0
    press(staff, endpoint, "switch-on")
    endpoint.refresh_from_db()
    assert endpoint.is_enabled


def test_a_new_secret_is_shown_once(staff, endpoint):
    answer = press(staff, endpoint, "rotate-secret")

    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    endpoint.refresh_from_db()
    assert endpoint.secret == secret
    assert secret not in staff.get(page_of(WebhookEndpoint, endpoint.pk)).content.decode()


def test_who_may_only_look_presses_nothing(acorn, endpoint, given_up, django_user_model):
    user = django_user_model.objects.create_user("vera", password="a-long-password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(user)

    for row, name in ((endpoint, "ping"), (endpoint, "rotate-secret"), (given_up, "replay")):
        assert press(client, row, name).status_code == 403
        assert f"/{name}/" not in client.get(page_of(type(row), row.pk)).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_for_any_length(staff, acorn, receiver, at, rows, django_assert_num_queries):
    for _ in range(rows):
        services.ping(endpoint=listen(acorn, receiver.url, at), at=at)

    with django_assert_num_queries(8):
        staff.get(list_of(WebhookEndpoint))
    with django_assert_num_queries(8):
        staff.get(list_of(Delivery))
