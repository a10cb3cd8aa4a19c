"""A letter taken apart: alphabets, forms, files, and what was never a letter."""

import base64
import random
import time

import pytest

from support.mail import parsing
from support.mail.parsing import Unreadable
from tests.support.mail_make import letter, raw

WORDS = "Добрый день! Где мой кэшбэк за покупку в пятницу? Спасибо, Ёжик №5"


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("utf-8", "utf-8"),
        ("koi8-r", "koi8_r"),
        ("KOI8-R", "koi8_r"),
        ("windows-1251", "cp1251"),
        ("cp-1251", "cp1251"),
        ("x-cp1251", "cp1251"),
        ("iso-8859-5", "iso8859_5"),
        ("x-mac-cyrillic", "mac_cyrillic"),
        ("utf-16", "utf-16"),
    ],
)
def test_words_are_read_in_the_alphabet_that_the_letter_names(charset, codec):
    words = WORDS if codec != "koi8_r" else WORDS.replace("№", "N")
    body = base64.encodebytes(words.encode(codec))
    source = raw(body, content_type=f'text/plain; charset="{charset}"', Content_Transfer_Encoding="base64")
    assert parsing.read(source).text == words


@pytest.mark.parametrize("declared", ["", "; charset=us-ascii", "; charset=no-such-thing", "; charset=rot13"])
@pytest.mark.parametrize("codec", ["utf-8", "koi8_r", "cp1251"])
def test_words_in_an_alphabet_that_is_not_named_or_named_wrongly_are_guessed(declared, codec):
    words = WORDS.replace("№", "N")
    source = raw(words.encode(codec), content_type=f"text/plain{declared}", Content_Transfer_Encoding="8bit")
    assert parsing.read(source).text == words


def test_utf8_that_says_it_is_latin_is_utf8():
    source = raw("Grüße, 5 €".encode(), content_type="text/plain; charset=iso-8859-1")
    assert parsing.read(source).text == "Grüße, 5 €"


def test_latin_letter_stays_latin():
    source = raw("Grüße aus Köln".encode("latin-1"), content_type="text/plain; charset=iso-8859-1")
    assert parsing.read(source).text == "Grüße aus Köln"


def test_broken_bytes_leave_the_rest_readable():
    source = raw(
        "Где \xff".encode("latin-1", "replace") + "кэшбэк".encode() + b"\xd0 ?",
        content_type="text/plain; charset=utf-8",
    )
    assert "\ufffd" in parsing.read(source).text
    assert parsing.read(source).text.endswith("?")


@pytest.mark.parametrize(
    "subject",
    [
        "=?koi8-r?B?" + base64.b64encode("Где кэшбэк?".encode("koi8_r")).decode() + "?=",
        "=?windows-1251?Q?" + "".join(f"={byte:02X}" for byte in "Где кэшбэк?".encode("cp1251")) + "?=",
        # Cut in the middle of a letter, as some programs do.
        "=?utf-8?B?"
        + base64.b64encode("Где кэшбэк?".encode()[:7]).decode()
        + "?=\r\n =?utf-8?B?"
        + base64.b64encode("Где кэшбэк?".encode()[7:]).decode()
        + "?=",
    ],
    ids=["koi8-r", "windows-1251", "cut letter"],
)
def test_russian_subjects_are_read(subject):
    assert parsing.read(raw(b"x", Subject=subject)).subject == "Где кэшбэк?"


def test_subject_in_bare_bytes_is_guessed():
    source = b"From: a@mail.test\r\nSubject: " + "Где кэшбэк?".encode("cp1251") + b"\r\n\r\nx"
    assert parsing.read(source).subject == "Где кэшбэк?"


@pytest.mark.parametrize(
    "subject", ["=?utf-8?B?!!!?=", "=?x?y?z?=", "=?utf-8?Q?=ZZ?=", "=?" * 500, "\x00\x01"]
)
def test_broken_subject_breaks_nothing(subject):
    assert parsing.read(raw(b"words", Subject=subject)).text == "words"


def test_no_header_holds_a_line_break():
    source = raw(b"x", Subject="=?utf-8?B?" + base64.b64encode(b"a\r\nBcc: b@x.test").decode() + "?=")
    assert parsing.read(source).subject == "a Bcc: b@x.test"


def test_sender_is_a_normal_address_with_its_name():
    read = parsing.read(letter(sender='"Иванова, Алиса" <Alice@MAIL.test>'))
    assert (read.sender, read.sender_name) == ("alice@mail.test", "Иванова, Алиса")


@pytest.mark.parametrize(
    "sender", ["", "nobody", "<>", "undisclosed-recipients:;", "a@b", "\x00@\x00", "@" * 5000]
)
def test_letter_of_nobody_has_no_sender(sender):
    assert parsing.read(raw(b"x", From=sender)).sender == ""


def test_plain_words_count_before_html_and_both_are_kept():
    read = parsing.read(letter(text="plain words", html="<p>html <b>words</b></p>"))
    assert read.text == "plain words"
    assert read.html == "<p>html <b>words</b></p>"


def test_html_alone_becomes_text():
    page = "<h1>Hello</h1><p>one<br>two &amp; three</p><ul><li>first</li><li>second</li></ul><a href='https://x.test/a'>here</a>"
    read = parsing.read(raw(page.encode(), content_type="text/html; charset=utf-8"))
    assert read.text == "Hello\n\none\ntwo & three\n\n- first\n- second\n\nhere (https://x.test/a)"


def test_words_in_several_parts_are_all_read():
    body = (
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>The question</p>\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nA list's footer\r\n--b--\r\n"
    )
    assert (
        parsing.read(raw(body, content_type="multipart/mixed; boundary=b")).text
        == "The question\n\nA list's footer"
    )


def test_files_come_with_their_russian_names():
    read = parsing.read(letter(files=[("чек за покупку.pdf", b"%PDF-1.4"), ("b.png", b"\x89PNG")]))
    assert [(file.name, file.content) for file in read.files] == [
        ("чек за покупку.pdf", b"%PDF-1.4"),
        ("b.png", b"\x89PNG"),
    ]


def test_letter_that_hangs_on_a_letter_is_read_with_it():
    inner = letter(sender="shop@ozon.test", subject="Order 123-456", text="Thank you for your order.")
    body = b"--b\r\n\r\nSee below\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n"
    read = parsing.read(raw(body, content_type="multipart/mixed; boundary=b"))
    assert read.text.startswith("See below\n\n* * *\nFrom: shop@ozon.test\nSubject: Order 123-456")
    assert read.text.endswith("Thank you for your order.")


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (b"no parts at all", "multipart/mixed", "no parts at all"),
        (b"no parts at all", "multipart/mixed; boundary=none", "no parts at all"),
        (b"--b\r\n\r\nnever closed", "multipart/mixed; boundary=b", "never closed"),
        (b"words", "text/plain; charset*=utf-8''%D0", "words"),
        (b"words", "nonsense", "words"),
        (b"words", "text/plain; charset=" + "x" * 900, "words"),
    ],
)
def test_broken_mime_loses_no_words(body, content_type, text):
    assert parsing.read(raw(body, content_type=content_type)).text == text


def test_truncated_attachment_leaves_the_words():
    whole = letter(text="See the receipt", files=[("a.png", bytes(range(256)) * 4000)])
    assert parsing.read(whole[:300_000]).text == "See the receipt"


def test_nul_bytes_do_not_survive():
    read = parsing.read(raw(b"a\x00b", Subject="x\x00y"))
    assert "\x00" not in read.text + read.subject
    assert read.text == "ab"


@pytest.mark.parametrize("rubbish", [b"", b"\x00" * 100, b"{}", b"<html>", b"\xff\xfe" * 50, b"just words"])
def test_what_is_no_letter_is_unreadable(rubbish):
    with pytest.raises(Unreadable):
        parsing.read(rubbish)


def nested(depth: int) -> bytes:
    body, kind = b"deep", b"text/plain"
    for level in range(depth):
        name = f"b{level}".encode()
        body = b"--" + name + b"\r\nContent-Type: " + kind + b"\r\n\r\n" + body + b"\r\n--" + name + b"--\r\n"
        kind = b"multipart/mixed; boundary=" + name
    return raw(body, content_type=kind.decode())


def test_deep_nesting_ends_quickly():
    assert parsing.read(nested(20)).text == "deep"
    for depth in (31, 90, 150, 5000):
        began = time.process_time()
        with pytest.raises(Unreadable):
            parsing.read(nested(depth))
        assert time.process_time() - began < 2


def test_letters_within_letters_end_too():
    source = b"From: a@mail.test\r\n\r\nwords"
    for _ in range(400):
        source = b"From: a@mail.test\r\nContent-Type: message/rfc822\r\n\r\n" + source
    with pytest.raises(Unreadable):
        parsing.read(source)


def test_two_hundred_parts_are_too_many():
    body = b"".join(b"--b\r\n\r\nx\r\n" for _ in range(300)) + b"--b--"
    with pytest.raises(Unreadable):
        parsing.read(raw(body, content_type="multipart/mixed; boundary=b"))


def test_mutilated_letters_are_read_or_refused_and_nothing_else():
    dice = random.Random(20261125)
    whole = letter(
        subject="Где кэшбэк?", text=WORDS, html=f"<p>{WORDS}</p>", files=[("чек.png", b"\x89PNG" * 200)]
    )
    outcomes = set()
    for _ in range(1500):
        broken = bytearray(whole)
        for _ in range(dice.randrange(1, 12)):
            at = dice.randrange(len(broken))
            way = dice.randrange(3)
            if way == 0:
                broken[at] = dice.randrange(256)
            elif way == 1:
                del broken[at : at + dice.randrange(1, 40)]
            else:
                broken[at:at] = dice.randbytes(dice.randrange(1, 10))
        try:
            parsing.read(bytes(broken))
            outcomes.add("read")
        except Unreadable:
            outcomes.add("refused")
    assert "read" in outcomes
