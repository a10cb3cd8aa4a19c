import pytest

from support.desk import thanks


@pytest.mark.parametrize(
    "text",
    [
        "thanks",
        "Thanks!",
        "thank you so much",
        "Thank you for your help!",
        "ty",
        "OK",
        "Great, thank you",
        "got it",
        "спасибо",
        "Спасибо большое!!! 🙏🙏",
        "спасибо за помощь",
        "Спасибо большое, всё понятно",
        "Всё получил, спасибо",
        "хорошо",
        "👍",
        "  ",
        "рахмет",
    ],
)
def test_thanks_alone_are_bare(text):
    assert thanks.is_bare(text)


@pytest.mark.parametrize(
    "text",
    [
        "thanks?",
        "thanks, when",
        "Help",
        "ok help",
        "help!!!",
        "Помощь",
        "нет",
        "Спасибо, но не пришло",
        "Спасибо, а когда?",
        "спасибо。 为什么？",
        "Thanks. My order is AB-1001",
        "10042",
        "thanks https://shop.example",
        "спасибо спасибо спасибо спасибо спасибо спасибо",
        "not good",
        "да",
        "you",
        "\x00 why",
    ],
)
def test_anything_else_may_be_a_question(text):
    assert not thanks.is_bare(text)


def test_ok_is_no_thanks():
    assert thanks.is_bare("ok") and not thanks.thanks("ok")
    assert thanks.thanks("ok, thanks") and thanks.thanks("Спасибо!")
