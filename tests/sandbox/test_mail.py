"""The sandbox's mail: what arrives by SMTP can be read in a browser and by a test."""

import smtplib
from email.message import EmailMessage

import pytest
import requests

from tests.sandbox.conftest import free_port


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
