"""The shops' own words of a decline, in plain ones."""

import pytest
from django.utils import translation

from partners.notices import news
from transactions.my_cashback import reasons

SAID = {
    "checks": ["Фрод", "Мошенничество", "Подозрительный заказ", "fraud suspected", "Накрутка"],
    "test": ["Тест", "тестовый заказ", "Test order"],
    "duplicate": ["Дубль", "Повторный заказ", "duplicate of 123", "Order already counted"],
    "unpaid": ["Не оплачен", "неоплаченный заказ", "Not paid", "unpaid order"],
    "not_collected": [
        "Невыкуп",
        "Не выкуплен",
        "Клиент не забрал",
        "Undelivered",
        "not collected",
        "отказ от получения",
    ],
    "returned": ["Возврат", "Товар возвращён", "Customer returned the item within 30 days", "Refunded"],
    "out_of_stock": ["Нет в наличии", "out of stock"],
    "cancelled": [
        "Заказ отменён покупателем",
        "Отмена",
        "Cancelled by the customer",
        "canceled",
        "аннулирован",
    ],
    "coupon": ["Использован сторонний промокод", "voucher used", "Оплата сертификатом"],
    "not_new": ["Не новый клиент", "existing customer", "not a new user"],
    "elsewhere": ["Другой источник", "attributed to another publisher", "Last click"],
    "excluded": ["Исключённая категория", "Not commissionable", "товар не участвует"],
    "rules": ["Нарушение правил", "violation of terms"],
}


@pytest.mark.parametrize(("code", "said"), [(code, said) for code, all in SAID.items() for said in all])
def test_what_shops_write_has_a_known_reason_and_a_next_step(code, said):
    reason = reasons.explain(said)
    assert reason.code == code
    assert str(reason.words)
    assert str(reason.next_step)


def test_the_more_telling_reason_wins():
    assert reasons.explain("Дубль, заказ отменён").code == "duplicate"
    assert reasons.explain("Заказ отменён: не оплачен").code == "unpaid"
    assert reasons.explain("Cancelled, goods returned").code == "returned"


@pytest.mark.parametrize("said", ["Прочее", "code 17", "<b>?</b>", "протестовано"])
def test_words_that_nobody_knows_are_told_as_the_shops(said):
    with translation.override("en"):
        reason = reasons.explain(said)
        assert (reason.code, str(reason.words)) == ("", f"The shop's words: {said}")


@pytest.mark.parametrize("said", ["", "   ", "\n"])
def test_silence_is_told_as_silence(said):
    with translation.override("en"):
        reason = reasons.explain(said)
        assert (reason.code, str(reason.words)) == ("unsaid", "The shop named no reason.")


def test_letters_say_the_same_words():
    with translation.override("en"):
        assert reasons.for_letters("Returned") == (
            "The goods were returned.",
            "Cashback is paid for what you keep. If you kept the goods, write to support with the receipt.",
        )
        assert news._explain[0]("Returned") == reasons.for_letters("Returned")
