"""The whole way round, as the demo has it: the sandbox writes to us as a mail provider does, our answer arrives in its
mail by SMTP, its reader answers that, and a letter to an address of nobody comes back."""

import time

import pytest
import requests

from cashback.embedded import free_port
from support.desk import services as desk
from support.desk.models import Delivery, Ticket
from support.mail import tasks
from support.mail.models import InboundMail, Outcome
from tests.sandbox.conftest import Sandbox
from tests.support.mail.conftest import last_sent, said, with_address

TOKEN = "a-token-that-is-thirty-two-letters"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sandbox(live_server, settings, monkeypatch, tmp_path, team):
    monkeypatch.setenv("SUPPORT_MAIL_TOKEN", TOKEN)
    settings.SUPPORT_MAIL_TOKEN = TOKEN
    port = free_port()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    web = live_server.url.replace("127.0.0.1", "localhost")
    running = Sandbox(tmp_path, "http://localhost:1/", smtp_port=port, web=web)
    running.start()
    yield running
    running.stop()


def process() -> InboundMail:
    """What the worker does with the newest letter."""
    mail = InboundMail.objects.latest("pk")
    tasks.process_inbound(id=str(mail.pk))
    mail.refresh_from_db()
    return mail


def arrived(sandbox, to: str) -> list[dict]:
    return requests.get(f"{sandbox.url}/control/mail", params={"to": to}, timeout=10).json()["data"]


def write(sandbox, **told) -> None:
    told = {"from": "alice@mail.test", "to": "support+acorn@localhost", "text": "Где мой кэшбэк?", **told}
    answer = requests.post(f"{sandbox.url}/mail/write/", data=told, timeout=10)
    assert answer.status_code == 200, answer.text


def test_question_answer_and_thanks(sandbox, alice, anna, at):
    write(sandbox, subject="Кэшбэк не пришёл")
    ticket = process().ticket
    assert ticket.shopper == alice
    tasks.send_message(id=str(last_sent(ticket).pk))
    desk.reply(ticket=ticket, agent=anna, text="Какой магазин?", version=ticket.version + 9, at=at)
    tasks.send_message(id=str(last_sent(ticket).pk))

    newest, acknowledged = arrived(sandbox, "alice@mail.test")
    assert ticket.public_number in acknowledged["text"]
    assert newest["subject"] == "Re: Кэшбэк не пришёл"
    reply = f"{sandbox.url}/mail/{newest['id']}/reply"
    assert requests.post(reply, data={"text": "Это был Ozon."}, timeout=10).status_code == 200
    mail = process()
    assert (mail.outcome, mail.ticket) == (Outcome.HEARD, ticket)
    assert said(ticket)[-1] == ("shopper", False, "Это был Ozon.")
    assert Ticket.objects.count() == 1


def test_letter_to_nobody_comes_back(sandbox, alice, at):
    with_address(alice, "alice@bounces.test", at)
    write(sandbox, **{"from": "alice@bounces.test"})
    message = last_sent(process().ticket)
    tasks.send_message(id=str(message.pk))
    for _ in range(100):
        if InboundMail.objects.count() == 2:
            break
        time.sleep(0.1)
    assert process().outcome == Outcome.BOUNCE
    message.refresh_from_db()
    assert (message.delivery, message.delivery_error[:5]) == (Delivery.BOUNCED, "5.1.1")
