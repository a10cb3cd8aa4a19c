"""What a letter is called in Russian, word for word: one purchase, a few and many."""

import pytest

from offers.networks.base import SaleStatus
from partners.models import CreditOn
from partners.notices import services
from tests.notices.conftest import deliver, plain, subjects, tell_news
from tests.notices.test_terms import announce

pytestmark = pytest.mark.django_db(transaction=True)

APPROVED, DECLINED, PENDING = SaleStatus.APPROVED, SaleStatus.DECLINED, SaleStatus.PENDING


def newest(sink) -> str:
    return subjects(sink)[0]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "Ozon видит вашу покупку: 69,65 ₽ в пути"),
        (3, "Замечены 3 покупки: 208,95 ₽ в пути"),
        (5, "Замечено 5 покупок: 348,25 ₽ в пути"),
        (21, "Замечена 21 покупка: 1 462,65 ₽ в пути"),
    ],
)
def test_tracked_purchases_are_counted_in_russian(sink, ozon, at, count, said):
    for _number in range(count):
        ozon.buy()
    tell_news(at)
    assert subjects(sink) == [said]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "Ozon: кэшбэк 69,65 ₽ подтверждён"),
        (3, "Подтверждено покупок: 3, +208,95 ₽"),
        (5, "Подтверждено покупок: 5, +348,25 ₽"),
        (21, "Подтверждена 21 покупка, +1 462,65 ₽"),
    ],
)
def test_confirmed_purchases_are_counted_in_russian(sink, ozon, at, count, said):
    for _number in range(count):
        ozon.buy(status=APPROVED)
    tell_news(at)
    assert subjects(sink) == [said]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "Ozon подтверждает вашу покупку: 69,65 ₽ придёт, когда магазин заплатит"),
        (2, "Подтверждено покупок: 2. 139,30 ₽ придёт, когда магазины заплатят"),
        (21, "Подтверждена 21 покупка: 1 462,65 ₽ придёт, когда магазины заплатят"),
    ],
)
def test_purchases_that_wait_for_the_shops_payment_are_counted_in_russian(sink, ozon, acorn, at, count, said):
    acorn.credit_on = CreditOn.PAID
    acorn.save()
    for _number in range(count):
        ozon.buy(status=APPROVED)
    tell_news(at)
    assert subjects(sink) == [said]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "Ozon: покупка не подтверждена"),
        (2, "Не подтверждены 2 покупки"),
        (5, "Не подтверждено 5 покупок"),
        (21, "Не подтверждена 21 покупка"),
    ],
)
def test_declined_purchases_are_counted_in_russian(sink, ozon, at, count, said):
    sales = [ozon.buy() for _number in range(count)]
    tell_news(at)
    for sale in sales:
        ozon.say(sale, status=DECLINED)
    tell_news(at)
    assert newest(sink) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "Ozon снова проверяет вашу покупку"),
        (2, "Снова проверяются 2 покупки"),
        (5, "Снова проверяется 5 покупок"),
        (21, "Снова проверяется 21 покупка"),
    ],
)
def test_reopened_purchases_are_counted_in_russian(sink, ozon, at, count, said):
    sales = [ozon.buy(status=APPROVED) for _number in range(count)]
    tell_news(at)
    for sale in sales:
        ozon.say(sale, status=PENDING)
    tell_news(at)
    assert newest(sink) == said


@pytest.mark.parametrize("commission", [5000, 20000])
@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, {5000: "Ozon: ваш кэшбэк теперь 35,00 ₽", 20000: "Ozon: ваш кэшбэк теперь 140,00 ₽"}),
        (2, "Изменился кэшбэк за 2 покупки"),
        (5, "Изменился кэшбэк за 5 покупок"),
        (21, "Изменился кэшбэк за 21 покупку"),
    ],
)
def test_changed_amounts_are_counted_in_russian(sink, ozon, at, commission, count, said):
    sales = [ozon.buy() for _number in range(count)]
    tell_news(at)
    for sale in sales:
        ozon.say(sale, commission_minor=commission)
    tell_news(at)
    assert newest(sink) == (said if isinstance(said, str) else said[commission])


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (2, "Новости о 2 покупках, +69,65 ₽"),
        (5, "Новости о 5 покупках, +69,65 ₽"),
        (21, "Новости о 21 покупке, +69,65 ₽"),
    ],
)
def test_mixed_news_is_counted_in_russian(sink, ozon, at, count, said):
    ozon.buy(status=APPROVED)
    for _number in range(count - 1):
        ozon.buy()
    tell_news(at)
    assert subjects(sink) == [said]


@pytest.mark.parametrize(("count", "said"), [(2, "Новости о 2 покупках"), (21, "Новости о 21 покупке")])
def test_mixed_news_with_nothing_confirmed_is_counted_in_russian(sink, ozon, at, count, said):
    lost = ozon.buy()
    tell_news(at)
    ozon.say(lost, status=DECLINED)
    for _number in range(count - 1):
        ozon.buy()
    tell_news(at)
    assert newest(sink) == said


def test_changed_terms_are_announced_in_russian(sink, alice, acorn, at):
    announce(acorn, at)
    tell_news(at)
    assert subjects(sink) == ["Условия кэшбэка меняются с 12 мая 2027 г."]


@pytest.mark.parametrize(
    ("letter", "said"),
    [
        ("sign_in_code", "402817 — ваш код для входа, Acorn Bank"),
        ("confirm_email", "402817 — подтверждение e-mail, Acorn Bank"),
        ("email_changed", "Acorn Bank: ваш e-mail изменён"),
        ("sign_in_not_yet", "Acorn Bank: пока открыто не для всех"),
    ],
)
def test_letters_of_the_account_are_called_in_russian(sink, acorn, at, letter, said):
    services.post(
        storefront=acorn,
        to="alice@mail.test",
        language="ru",
        letter=letter,
        context={"code": "402817", "minutes": 10, "address": "b•••@mail.test"},
        at=at,
    )
    deliver(at)
    assert subjects(sink) == [said]


@pytest.mark.parametrize(
    ("minutes", "said"), [(1, "1 минуту"), (3, "3 минуты"), (10, "10 минут"), (21, "21 минуту")]
)
def test_life_of_a_code_is_counted_in_russian(sink, acorn, at, minutes, said):
    services.post(
        storefront=acorn,
        to="alice@mail.test",
        language="ru",
        letter="sign_in_code",
        context={"code": "402817", "minutes": minutes},
        at=at,
    )
    deliver(at)
    [letter] = sink.letters()
    assert f"Код действует один раз и {said}, на той странице, где вы его запросили." in plain(letter.text)
