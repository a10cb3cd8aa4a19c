"""What a line of the log says, and what it never does."""

import json
import logging
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from cashback.logs import JsonFormatter


def logged(message: str, *words: object, exc_info=None) -> dict[str, str]:
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, message, words, exc_info)
    return json.loads(JsonFormatter().format(record))


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Not Found: /postback/s3cr3t-key/", "Not Found: /postback/…/"),
        ("/postback/s3cr3t-key/?subid4=a", "/postback/…/?subid4=a"),
        ('"GET /go/s3cr3t-key HTTP/1.1" 302', '"GET /go/… HTTP/1.1" 302'),
        ("'/go/s3cr3t-key' and https://v.example/go/s3cr3t-key?a", "'/go/…' and https://v.example/go/…?a"),
        (
            "Method Not Allowed (POST): /s/acorn/checklist/s3cr3t-key/",
            "Method Not Allowed (POST): /s/acorn/checklist/…/",
        ),
        ("Forbidden: /out/s3cr3t-key/evidence", "Forbidden: /out/…/evidence"),
        ("Not Found: /unsubscribe/s3cr3t-key", "Not Found: /unsubscribe/…"),
        ("Method Not Allowed (GET): /support/mail/s3cr3t-key/", "Method Not Allowed (GET): /support/mail/…/"),
        ("Forbidden: /rate/s3cr3t-key/", "Forbidden: /rate/…/"),
        ("GET /s/acorn/launch?a=1&token=s3cr3t.k-e_y&b=2", "GET /s/acorn/launch?a=1&token=…&b=2"),
        ("/s/acorn/shops/okolitsa/", "/s/acorn/shops/okolitsa/"),
    ],
)
def test_the_key_in_a_path_is_not_written(said, written):
    assert logged(said)["message"] == written
    assert logged("%s", said)["message"] == written


def test_the_key_in_a_traceback_is_not_written():
    try:
        raise ValueError("Bad path /postback/s3cr3t-key/")
    except ValueError:
        line = logged("Failed: /go/s3cr3t-key", exc_info=sys.exc_info())
    assert "ValueError: Bad path /postback/…/" in line["traceback"]
    assert "s3cr3t" not in str(line)


def test_every_address_with_a_key_in_it_is_known():
    keyed = [
        text
        for urls in ("cashback.urls", "cashback.storefront_urls")
        for text in re.findall(
            r'path\("([^"]*<(?:token|ticket)>[^"]*)"', Path(find_spec(urls).origin).read_text()
        )
    ]
    assert len(keyed) > 5
    for text in keyed:
        address = "/" + re.sub("<[a-z]+>", "s3cr3t-key", text)
        assert "s3cr3t-key" not in logged("Forbidden: " + address)["message"], text
