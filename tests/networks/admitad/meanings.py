"""What the recorded payloads mean, to the last field."""

import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal

from offers.networks.base import (
    CategoryData,
    CouponData,
    CouponKind,
    InquiryKind,
    InquiryState,
    InquiryWord,
    OfferData,
    OrderCheck,
    OrderStanding,
    RateData,
    RateKind,
    Sale,
    SaleStatus,
)
from tests.networks.contract import network_time


def rate(external_id, name, value, since):
    return RateData(
        external_id=external_id,
        name=name,
        kind=RateKind.PERCENT,
        value=Decimal(value),
        currency="RUB",
        starts_on=since,
    )


def category(external_id, name):
    return CategoryData(external_id=external_id, names={"ru": name})


LITRES = OfferData(
    external_id="1721",
    name="ЛитРес",
    site_url="http://litres.ru/",
    currency="RUB",
    tracking_url="https://ad.admitad.com/g/00dummylinkcode0000000000000000/",
    is_open=True,
    allows_deeplinks=True,
    description="Список запрещенных слов по ссы",
    terms_html='<p style="text-align',
    logo_url="http://cdn.admitad.com/campaign/images/2011/12/12/8f6848b102dd82b7003e2b5957603d2c.jpg",
    countries=("AM", "AZ", "BY", "KZ", "RU", "TJ", "TM", "UA", "UZ"),
    categories=(category("62", "Интернет-магазины"), category("70", "Книги")),
    cookie_days=30,
    hold_days=29,
    max_hold_days=None,
    payment_days=30,
    approval_rate=None,
    conversion_rate=Decimal("2.35"),
    earnings_per_click=Decimal("0.71"),
    rating=Decimal("2.3"),
    started_on=date(2011, 12, 19),
    rates=(
        rate(
            "152054",
            "Покупка: Электронные книги издательства Gardners (Новый пользователь)",
            "5.00",
            date(2018, 9, 11),
        ),
        rate("152029", "Оплаченный заказ (Активный пользователь)", "10.00", date(2018, 9, 11)),
        rate(
            "152040",
            "Покупка: Электронные книги издательства Gardners (Активный пользователь)",
            "3.00",
            date(2018, 9, 11),
        ),
        rate("152018", "Оплата заказа (Новый пользователь)", "20.00", date(2018, 9, 11)),
    ),
)

LABIRINT = OfferData(
    external_id="1816",
    name="Лабиринт",
    site_url="http://labirint.ru/",
    currency="RUB",
    tracking_url="https://ad.admitad.com/g/00dummylinkcode0000000000000000/",
    is_open=True,
    allows_deeplinks=True,
    description="Подключайтесь с партнерской пр",
    terms_html='<p style="text-align',
    logo_url="http://cdn.admitad.com/campaign/images/2016/06/27/32ab30eeb5192a42d7f8e69a64d5fa03.png",
    countries=(),
    categories=(
        category("62", "Интернет-магазины"),
        category("69", "Товары для детей"),
        category("70", "Книги"),
        category("71", "Аксессуары"),
        category("72", "Подарки & Цветы"),
        category("89", "Товары для творчества"),
    ),
    cookie_days=7,
    hold_days=9,
    max_hold_days=None,
    payment_days=10,
    approval_rate=None,
    conversion_rate=Decimal("1.8"),
    earnings_per_click=Decimal("1.16"),
    rating=Decimal("4.1"),
    started_on=date(2016, 6, 27),
    rates=(
        rate("52706", "Оплаченный заказ - новый клиент", "10.00", date(2016, 10, 28)),
        rate("52705", "Оплаченный заказ - старый клиент", "2.00", date(2016, 10, 28)),
    ),
)

# The list of all programmes, whose rows have neither a link nor rates of ours: we are not connected to them.
LINEAGE = OfferData(
    external_id="92",
    name="Lineage 2 [CPP] RU +12 countries",
    site_url="https://ru.4game.com/lineage2/install",
    currency="RUB",
    tracking_url="",
    is_open=False,
    closed_because="Our ad space is not connected to the programme.",
    allows_deeplinks=False,
    description="ЗАПРЕЩЕНА КОНТЕКСТНАЯ РЕКЛАМА ",
    terms_html='<p><span style="colo',
    logo_url="http://cdn.admitad.com/campaign/images/2011/03/05/8c855a8197e3f5b0067734c72efffb86.jpg",
    countries=("AM", "AZ", "BY", "GE", "KG", "KZ", "MD", "RU", "TJ", "TM", "UA", "UZ"),
    categories=(category("6", "Онлайн Игры"), category("15", "Клиентские")),
    cookie_days=60,
    hold_days=14,
    payment_days=14,
    approval_rate=Decimal("98"),
    conversion_rate=Decimal("2.51"),
    earnings_per_click=Decimal("0.73"),
    rating=Decimal("2.6"),
    started_on=date(2015, 11, 9),
)

KUPIVIP = OfferData(
    external_id="153",
    name="Kupivip RU",
    site_url="http://kupivip.ru/",
    currency="RUB",
    tracking_url="",
    is_open=False,
    closed_because="Our ad space is not connected to the programme.",
    allows_deeplinks=True,
    description="Обновленный серверный трекинг ",
    terms_html='<p style="text-align',
    logo_url="http://cdn.admitad.com/campaign/images/2017/10/3/fffe92da99b37d46b356b84ea1a6b270.jpg",
    countries=("RU",),
    categories=(
        category("62", "Интернет-магазины"),
        category("64", "Одежда & Обувь"),
        category("69", "Товары для детей"),
        category("71", "Аксессуары"),
        category("85", "Спорт"),
    ),
    cookie_days=30,
    hold_days=56,
    payment_days=56,
    approval_rate=Decimal("56"),
    conversion_rate=Decimal("0.75"),
    earnings_per_click=Decimal("1.62"),
    rating=Decimal("2.7"),
    started_on=date(2011, 11, 23),
)

# 00:00 on 1 March and 23:59 on 31 May in Moscow.
MARCH, END_OF_MAY = datetime(2024, 2, 29, 21, tzinfo=UTC), datetime(2024, 5, 31, 20, 59, tzinfo=UTC)

AKUSHERSTVO_COUPON = CouponData(
    external_id="670284",
    offer_external_id="2930",
    name="Full name",
    kind=CouponKind.CODE,
    code="promo",
    tracking_url="https://example.com/g/path/?i=3&erid=Asd",
    discount="500 ₽",
    language="ru",
    countries=("RU",),
    starts_at=MARCH,
    ends_at=END_OF_MAY,
)

COUPON_ITEMS = [
    CouponData(
        external_id="3",
        offer_external_id="777",
        name="Name",
        kind=CouponKind.CODE,
        code="promocode",
        tracking_url="https://example.com/g/asd/?i=3&erid=adF",
        discount="500 ₽",
        language="ru",
        countries=("RU",),
        starts_at=MARCH,
        ends_at=END_OF_MAY,
    ),
    CouponData(
        external_id="748737",
        offer_external_id="37409",
        name="CA ADMITAD Exclusive: 30% off for orders $39+, capped at $25. New User Only!",
        kind=CouponKind.CODE,
        code="ADMITADCA30",
        tracking_url="https://zejcl.com/g/00dummylinkcode0000000000000000/?i=3",
        description="*The code is only valid with this specific link! - Limit one Offer per user for one order.",
        discount="30%",
        language="en",
        countries=("CA",),
        starts_at=datetime(2024, 4, 18, 4, 29, 12, tzinfo=UTC),
        ends_at=None,
        is_exclusive=True,
    ),
]

SALE = Sale(
    external_id="807084960",
    offer_external_id="14361",
    click_ref="",
    order_id="c-145792467",
    status=SaleStatus.APPROVED,
    sale_minor=20932,
    commission_minor=10466,
    currency="RUB",
    paid=False,
    stalled=False,
    occurred_at=datetime(2021, 12, 26, 7, 48, 2, tzinfo=UTC),
    clicked_at=datetime(2021, 12, 26, 7, 48, 2, tzinfo=UTC),
    closes_on=date(2022, 2, 3),
    changed_at=datetime(2022, 2, 2, 2, 24, 24, tzinfo=UTC),
    observed_at=network_time(),
    rate_name="Оплаченный заказ - Клиент зарег. с 01.10.16",
)

# The same row as a lost order, with numbers, and as an appeal, with text.
LOST_ORDER = InquiryWord(
    kind=InquiryKind.UNTRACKED,
    external_id="3",
    reference="",
    offer_external_id="1",
    order_id="574T32EDD1H1",
    state=InquiryState.PROCESSING,
    currency="USD",
    is_resolved=False,
    award_minor=None,
    estimate_minor=700,
    created_at=datetime(2016, 6, 2, 16, 31, 36, tzinfo=UTC),
    observed_at=network_time(),
)
APPEAL = dataclasses.replace(LOST_ORDER, kind=InquiryKind.DECLINED, estimate_minor=2000)
LODGED = dataclasses.replace(LOST_ORDER, external_id="6", reference="788aq", order_id="YH123D")
CHECKED = [
    OrderCheck(
        order_id="q1234",
        standing=OrderStanding.OURS,
        sale_external_id="268",
        sale_status=SaleStatus.APPROVED,
    ),
    OrderCheck(order_id="test", standing=OrderStanding.UNKNOWN),
    OrderCheck(order_id="1002247", standing=OrderStanding.COUNTED_ELSEWHERE),
]

PLAIN_COUPON = {
    "status": "active",
    "rating": "0.00",
    "campaign": {"id": 18018, "name": "Megamart", "site_url": "https://megamart.com"},
    "description": "description",
    "short_name": "short name",
    "exclusive": False,
    "date_end": "2024-04-14T23:59:00",
    "date_start": "2024-04-10T00:00:00",
    "id": 777,
    "regions": ["RU"],
    "discount": "1 500 ₽",
    "types": [{"id": 2, "name": "Discount on an order"}],
    "image": "http://cdn.admitad.com/campaign/images/2023/8/1/tratata.svg",
    "species": "promocode",
    "categories": [{"id": 8, "name": "Computers & Electronics"}],
    "name": "name",
    "language": "ru",
    "is_unique": False,
    "is_personal": False,
}

OPT_CODE = {
    "campaign": None,
    "desc_mode": 0,
    "event": 0,
    "generated_url": "http://127.0.0.1:8000/?oid=[[[offer_id]]]&oname=[[[offer_name]]]&ostat=[[[offer_status]]]",
    "id": 11,
    "method": 0,
    "status": [{"id": 8}],
    "user_url": "http://127.0.0.1:8000/",
    "website": None,
    "reward_ready": True,
}

PAYMENT = {
    "comment": "",
    "currency": "USD",
    "datetime": "2012-05-27 19:45:07",
    "id": 68,
    "payment_sum": "2000.00",
    "status": "pending",
    "withdrawal_type": "webmoney",
}

HOTELS = {
    "id": 41,
    "name": "Hotels",
    "language": "en",
    "parent": {"id": 40, "name": "Travel & Tourism", "language": "en", "parent": None},
}
