"""What of a letter its writer has just written."""

import pytest

from support.mail.quotes import new_words

QUOTE = "> We have your letter.\n> Its number is T-1."


@pytest.mark.parametrize(
    "history",
    [
        f"On Mon, Nov 23, 2026 at 10:22 AM Acorn Bank support <support+1.ab@localhost> wrote:\n{QUOTE}",
        f"On Mon, Nov 23, 2026 at 10:22 AM Acorn Bank support\n<support+1.ab@localhost> wrote:\n\n{QUOTE}",
        f"пн, 23 нояб. 2026 г. в 10:22, Поддержка Acorn Bank <support@localhost>:\n\n{QUOTE}",
        f'23.11.2026, 10:22, "Поддержка Acorn Bank" <support@localhost>:\n{QUOTE}',
        f"Понедельник, 23 ноября 2026, 10:22 +03:00 от Поддержка <support@localhost>:\n \n{QUOTE}",
        f"23 ноября 2026 г., в 10:22, Поддержка <support@localhost> написал(а):\n{QUOTE}",
        f"Am 23.11.2026 um 10:22 schrieb Support:\n{QUOTE}",
        f"-----Original Message-----\nFrom: Support\nSent: Monday\nTo: Alice\nSubject: Re: x\n\n{QUOTE}",
        "-----Исходное сообщение-----\nОт: Поддержка\nОтправлено: 23.11.2026\nКому: Алиса\nТема: x\n\nСтарые слова",
        "________________________________\nFrom: Support\nSent: Monday\nTo: Alice\nSubject: x\n\nOld words",
        "От: Поддержка\nДата: понедельник\nКому: Алиса\nТема: Re: x\n\nСтарые слова",
        QUOTE,
    ],
    ids=[
        "gmail",
        "folded",
        "gmail ru",
        "yandex",
        "mail.ru",
        "apple ru",
        "german",
        "outlook",
        "outlook ru",
        "owa",
        "headers ru",
        "bare",
    ],
)
def test_history_is_left_out(history):
    assert new_words(f"Спасибо, всё пришло!\n\n{history}") == "Спасибо, всё пришло!"


def test_answers_between_the_quoted_lines_are_all_kept():
    text = "On Monday at 10:22 Support wrote:\n> Which shop?\nOzon\n> Which order?\n123\n"
    assert new_words(text) == text.strip()


def test_answer_below_the_quotation_is_kept_with_it():
    text = f"On Monday at 10:22 Support wrote:\n{QUOTE}\n\nIt was Ozon."
    assert new_words(text) == text


def test_forwarded_letter_is_kept_whole():
    text = "See this\n\nFrom: Ozon\nSent: Monday\nTo: Alice\nSubject: Order 123\n\nThank you for your order."
    assert new_words(text, subject="Fwd: Order 123") == text
    assert new_words(text, subject="Пересл: Заказ") == text


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAlice\n+7 900 000-00-00",
        "Sent from my iPhone",
        "Отправлено с iPhone",
        "Отправлено из мобильной Яндекс Почты",
    ],
)
def test_signature_of_a_program_is_left_out(signature):
    assert new_words(f"Спасибо\n\n{signature}") == "Спасибо"


@pytest.mark.parametrize(
    "text", [QUOTE, "-- \nAlice", "Sent from my iPhone", "From: me\nTo: you\nSubject: x"]
)
def test_letter_of_nothing_new_is_kept_whole(text):
    assert new_words(text) == text


def test_ordinary_words_with_colons_are_not_history():
    text = "I wrote:\nthe order is 123.\n\nDate: Monday\nIt was not counted."
    assert new_words(text) == text


def test_long_text_of_marks_ends_soon():
    assert new_words("> " * 200_000)
    assert new_words("\n".join(["On x wrote:"] * 3000) + "\nend")
