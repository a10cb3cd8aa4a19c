"""The sandbox's mail: what arrives by SMTP can be read in a browser and by a test."""

import smtplib
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from cashback.embedded import free_port
from tests.sandbox.conftest import until


@pytest.fixture
def post_office(another_sandbox):
    """A sandbox that takes mail, and the port where it does."""
    port = free_port()
    return another_sandbox(smtp_port=port), port


def send(port, *, to="alice@mail.test", subject="Hello", text="Your code is 402817.", html="", **headers):
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "Acorn <notices@localhost>", to, subject
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(text)
    if html:
        letter.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        server.send_message(letter)


def listed(sandbox, **query):
    return requests.get(f"{sandbox.url}/control/mail", params=query, timeout=10).json()["data"]


def test_letter_is_kept_with_all_its_parts(post_office):
    sandbox, port = post_office
    send(port, subject="Привет, Алиса", text="Код 402817", html="<p>Код <b>402817</b></p>", X_Kind="code")
    [letter] = listed(sandbox)
    assert (letter["to"], letter["subject"], letter["code"]) == ("alice@mail.test", "Привет, Алиса", "402817")
    assert letter["text"].strip() == "Код 402817"
    assert letter["html"].strip() == "<p>Код <b>402817</b></p>"
    assert letter["headers"]["X-Kind"] == "code"


def test_newest_is_first_and_an_address_narrows_the_list(post_office):
    sandbox, port = post_office
    for number, to in enumerate(["alice@mail.test", "bob@mail.test", "alice@mail.test"]):
        send(port, to=to, subject=f"Number {number}")
    assert [each["subject"] for each in listed(sandbox)] == ["Number 2", "Number 1", "Number 0"]
    assert [each["subject"] for each in listed(sandbox, to="ALICE@mail.test")] == ["Number 2", "Number 0"]
    assert listed(sandbox, to="nobody@mail.test") == []


def test_page_shows_the_newest_code_and_every_letter(post_office):
    sandbox, port = post_office
    send(port, subject="<script>alert(1)</script>")
    page = requests.get(f"{sandbox.url}/mail/", timeout=10).text
    assert "402817" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>" not in page
    assert "No letter to an address" in requests.get(f"{sandbox.url}/mail/?to=bob", timeout=10).text


def test_html_of_a_letter_runs_nothing(post_office):
    sandbox, port = post_office
    send(port, html="<html><head></head><body><script>alert(1)</script><a href='/x'>go</a></body></html>")
    [letter] = listed(sandbox)
    page = requests.get(f"{sandbox.url}/mail/{letter['id']}/", timeout=10).text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    part = requests.get(f"{sandbox.url}/mail/{letter['id']}/html", timeout=10)
    policy = part.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert '<base target="_blank">' in part.text


@pytest.mark.parametrize(
    ("domain", "code"), [("refuses.test", 550), ("busy.test", 451)], ids=["for good", "for now"]
)
def test_some_addresses_are_refused(post_office, domain, code):
    sandbox, port = post_office
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(port, to=f"alice@{domain}")
    assert refused.value.recipients[f"alice@{domain}"][0] == code
    assert listed(sandbox) == []


@pytest.mark.parametrize("name", ["0", "nothing", "..%2f..%2fstate", "1" * 19, "%00"])
def test_letter_that_is_not_there_is_not_found(post_office, name):
    sandbox, _port = post_office
    for path in (f"/mail/{name}/", f"/mail/{name}/html"):
        assert requests.get(sandbox.url + path, timeout=10).status_code == 404


def test_number_in_a_notice_is_no_code(post_office):
    sandbox, port = post_office
    send(port, text="Order 123456 is confirmed.", List_Unsubscribe="<https://acorn.test/u/1>")
    assert listed(sandbox)[0]["code"] == ""


def test_reset_empties_the_mailbox_and_a_restart_does_not(post_office):
    sandbox, port = post_office
    send(port)
    sandbox.stop()
    sandbox.start()
    assert len(listed(sandbox)) == 1
    sandbox.control("reset")
    assert listed(sandbox) == []


def test_broken_mail_is_kept_and_shown(post_office):
    sandbox, port = post_office
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        server.sendmail(
            "a@b.test", ["alice@mail.test"], b"Content-Type: multipart/mixed\r\n\r\n\xff\xfe no parts"
        )
    [letter] = listed(sandbox)
    assert requests.get(f"{sandbox.url}/mail/{letter['id']}/", timeout=10).status_code == 200


class Provider:
    """The product's door for letters: keeps what is posted to it, and answers as it is told."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes, bytes]] = []
        self.status = 200
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                provider.received.append((self.path, self.headers["Content-Type"].encode(), body))
                self.send_response(provider.status)
                self.end_headers()
                self.wfile.write(b"stored")

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def letters(self) -> list[EmailMessage]:
        """The letters in the forms that came."""
        forms = [
            message_from_bytes(b"Content-Type: " + kind + b"\r\n\r\n" + body, policy=policy.default)
            for _path, kind, body in self.received
        ]
        parts = [part for form in forms for part in form.iter_parts()]
        return [
            message_from_bytes(part.get_payload(0).as_bytes(), policy=policy.default)
            for part in parts
            if part.get_filename() == "letter.eml"
        ]


@pytest.fixture
def provider(monkeypatch):
    monkeypatch.setenv("SUPPORT_MAIL_TOKEN", "a-token")
    made = Provider()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def answering(another_sandbox, provider):
    """A sandbox whose letters go to the provider, and the port where it takes mail."""
    port = free_port()
    return another_sandbox(smtp_port=port, web=provider.url), port


def conversation(port, **facts):
    facts = {"Reply_To": "support+7.abc@localhost", "Message_ID": "<msg_1@localhost>", **facts}
    send(port, subject="Где кэшбэк?", text="Какой магазин?", **facts)


def test_letter_of_a_conversation_can_be_answered(answering, provider):
    sandbox, port = answering
    conversation(port)
    [letter] = listed(sandbox)
    page = requests.get(f"{sandbox.url}/mail/{letter['id']}/", timeout=10).text
    assert f'action="/mail/{letter["id"]}/reply"' in page
    answer = requests.post(
        f"{sandbox.url}/mail/{letter['id']}/reply",
        data={"text": "Это был Ozon."},
        files={"files": ("чек.png", b"\x89PNG")},
        timeout=10,
    )
    assert answer.status_code == 200
    assert "Это был Ozon." in answer.text

    [written] = provider.letters()
    assert provider.received[0][0] == "/support/mail/a-token/"
    assert (written["from"], written["to"]) == ("alice@mail.test", "support+7.abc@localhost")
    assert written["subject"] == "Re: Где кэшбэк?"
    assert (written["in-reply-to"], written["references"]) == ("<msg_1@localhost>", "<msg_1@localhost>")
    text = written.get_body(("plain",)).get_content()
    assert text.startswith("Это был Ozon.")
    assert "> Какой магазин?" in text
    [file] = written.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("чек.png", b"\x89PNG")


def test_letter_can_be_written_by_anybody(answering, provider):
    sandbox, _port = answering
    assert "support+acorn@localhost" in requests.get(f"{sandbox.url}/mail/write/", timeout=10).text
    told = {"from": "eve@mail.test", "to": "support+acorn@localhost", "subject": "Hi", "text": "Where is it?"}
    assert requests.post(f"{sandbox.url}/mail/write/", data=told, timeout=10).status_code == 200
    [written] = provider.letters()
    assert (written["from"], written["subject"]) == ("eve@mail.test", "Hi")
    assert [each["to"] for each in listed(sandbox)] == ["support+acorn@localhost"]


@pytest.mark.parametrize(
    "told", [{"from": "nobody"}, {"from": "a@b.test\r\nBcc: x@x.test"}, {"to": ""}, {"to": "a b"}]
)
def test_address_that_is_none_is_refused(answering, provider, told):
    sandbox, _port = answering
    whole = {"from": "eve@mail.test", "to": "support@localhost", "text": "x", **told}
    assert requests.post(f"{sandbox.url}/mail/write/", data=whole, timeout=10).status_code == 422
    assert provider.received == []
    assert listed(sandbox) == []


def test_letter_that_the_product_refuses_is_not_sent(answering, provider):
    sandbox, _port = answering
    provider.status = 503
    told = {"from": "eve@mail.test", "to": "support@localhost", "text": "x"}
    answer = requests.post(f"{sandbox.url}/mail/write/", data=told, timeout=10)
    assert answer.status_code == 502
    assert "answered 503" in answer.text
    assert listed(sandbox) == []


def test_mail_to_bounces_comes_back_as_a_report(answering, provider):
    sandbox, port = answering
    conversation(port, to="alice@bounces.test")
    until(lambda: provider.received)
    [report] = provider.letters()
    assert report.get_content_type() == "multipart/report"
    assert b"Status: 5.1.1" in report.as_bytes()
    assert b"Message-ID: <msg_1@localhost>" in report.as_bytes()


def test_number_in_a_conversation_is_no_code(answering):
    sandbox, port = answering
    conversation(port)
    send(port, text="Order 123456", Reply_To="support+7.abc@localhost")
    assert [letter["code"] for letter in listed(sandbox)] == ["", ""]
