"""Search that forgives: both alphabets, either keyboard layout, and slips of the finger."""

import time
import uuid

import pytest

from offers.search import Index, Shelved
from offers.search.sounds import in_other_layout, slips_between, sounds

NAMES = [
    "Озон",
    "Ozon Travel",
    "Wildberries",
    "Эльдорадо",
    "AliExpress",
    "Ламода",
    "М.Видео",
    "Яндекс Маркет",
    "Booking.com",
    "Найк",
    "Декатлон",
    "Ёлки-иголки",
    "Shein",
    "Северный чай",
    "Бош",
    "Ситилинк",
    "Щедрая кухня",
    "100% a%b _x_ \\o/",
    "H&M",
    "Технопарк",
    "Хилтон",
    "Паровозик",
]


@pytest.fixture(scope="module")
def found():
    """What a text finds, best first, as names: `found("озон")`."""
    shops = [
        Shelved(uuid.uuid4(), name, f"site-{number}.example", f"slug-{number}", ["Книги Books"][number % 2 :])
        for number, name in enumerate(NAMES)
    ]
    index, by_id = Index(shops), {shop.merchant_id: shop.name for shop in shops}

    def find(text: str) -> tuple[list[str], str]:
        result = index.find(text)
        return [by_id[merchant] for merchant in result.merchants], result.meant

    return find


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("озон", "Озон"),
        ("ОЗОН", "Озон"),
        ("ozon", "Ozon Travel"),
        ("вайлдберриз", "Wildberries"),
        ("вайлдберис", "Wildberries"),
        ("eldorado", "Эльдорадо"),
        ("эльдорадо", "Эльдорадо"),
        ("алиэкспресс", "AliExpress"),
        ("lamoda", "Ламода"),
        ("мвидео", "М.Видео"),
        ("м видео", "М.Видео"),
        ("m video", "М.Видео"),
        ("yandex", "Яндекс Маркет"),
        ("market yandeks", "Яндекс Маркет"),
        ("букинг", "Booking.com"),
        ("nike", "Найк"),
        ("decathlon", "Декатлон"),
        ("elki", "Ёлки-иголки"),
        ("елки иголки", "Ёлки-иголки"),
        ("шеин", "Shein"),
        ("severny", "Северный чай"),
        ("bosch", "Бош"),
        ("citilink", "Ситилинк"),
        ("shchedraya", "Щедрая кухня"),
        ("schedraya", "Щедрая кухня"),
        ("tehnopark", "Технопарк"),
        ("tekhnopark", "Технопарк"),
        ("hilton", "Хилтон"),
        ("site-3.example", "Эльдорадо"),
        ("h&m", "H&M"),
        ("%", "100% a%b _x_ \\o/"),
    ],
)
def test_a_shop_is_found_in_either_alphabet_without_a_word_about_it(found, text, first):
    names, meant = found(text)
    assert (names[0], meant) == (first, "")


@pytest.mark.parametrize(
    ("text", "first", "meant"),
    [
        ("jpjy", "Озон", "озон"),
        ("щящт", "Ozon Travel", "ozon"),
        ("ghjdjpbr", "Паровозик", ""),
        ("kfvjlf", "Ламода", "ламода"),
        ("паравозик", "Паровозик", "Паровозик"),
        ("праовозик", "Паровозик", "Паровозик"),
        ("технапарк", "Технопарк", "Технопарк"),
        ("декатлн", "Декатлон", "Декатлон"),
        ("cевреный", "Северный чай", "Северный чай"),
        ("wilberries", "Wildberries", "Wildberries"),
        ("ящящт", "Озон", "Озон"),
    ],
)
def test_what_was_meant_is_said_when_the_layout_was_wrong_or_a_finger_slipped(found, text, first, meant):
    names, said = found(text)
    assert names[0] == first
    assert said == (meant or said)
    assert said != ""


@pytest.mark.parametrize(
    "text", ["", " ", "—", "zzz", "яяя", "qqqqwwww", "\x00", "'; DROP TABLE", "ъь", "💐", "٣"]
)
def test_rubbish_finds_nothing(found, text):
    assert found(text) == ([], "")


def test_the_better_match_stands_above_and_the_better_paid_among_equals():
    names = ["Домовой", "Мой дом", "Дом", "Недомыслие", "Домик"]
    shops = [Shelved(uuid.uuid4(), name, "x.example", "x", []) for name in names]
    by_id = {shop.merchant_id: shop.name for shop in shops}
    found = [by_id[merchant] for merchant in Index(shops).find("дом").merchants]
    assert found == ["Дом", "Домовой", "Домик", "Мой дом", "Недомыслие"]


def test_a_category_finds_its_shops_in_both_languages_after_those_that_are_called_so():
    shops = [
        Shelved(uuid.uuid4(), "Родник", "rodnik.example", "rodnik", ["Книги Books"]),
        Shelved(uuid.uuid4(), "Книгочей", "chey.example", "chey", []),
    ]
    index = Index(shops)
    for text in ("книг", "knigi"):
        assert [shops.index(s) for m in index.find(text).merchants for s in shops if s.merchant_id == m][
            -1
        ] == 0
    assert index.find("books").merchants == [shops[0].merchant_id]


def test_a_long_text_of_many_words_costs_no_more_than_a_short_one(found):
    assert found("о " * 5000)[1] == ""


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("kot", "kot", 0),
        ("kot", "kit", 1),
        ("kot", "kto", 1),
        ("kot", "ko", 1),
        ("kot", "krot", 1),
        ("kot", "rok", 2),
        ("kot", "abcdef", 3),
        ("ab", "ba", 1),
        ("", "ab", 2),
    ],
)
def test_a_letter_added_lost_mistaken_or_swapped_is_one_slip(one, other, slips):
    assert slips_between(one, other, most=2) == slips
    assert slips_between(other, one, most=2) == slips


def test_both_layouts_lead_to_each_other():
    assert in_other_layout("jpjy") == "озон"
    assert in_other_layout("щящт") == "ozon"
    assert in_other_layout("'km") == "эль"


@pytest.mark.parametrize(
    ("russian", "latin"),
    [
        ("щука", "schuka"),
        ("щука", "shchuka"),
        ("хлеб", "khleb"),
        ("хлеб", "hleb"),
        ("цирк", "cirk"),
        ("цирк", "tsirk"),
        ("джаз", "jazz"),
        ("такси", "taxi"),
        ("сельдь", "seld"),
        ("фото", "photo"),
        ("юла", "yula"),
        ("яма", "iama"),
    ],
)
def test_spellings_of_one_word_meet_in_one_sound(russian, latin):
    assert set(sounds(russian)) & set(sounds(latin))


def test_three_thousand_shops_that_are_called_alike_are_searched_quickly():
    index = Index(
        Shelved(uuid.uuid4(), f"Магазин {number}", f"m-{number}.example", f"m-{number}", ["Книги"])
        for number in range(3000)
    )
    spent = []
    for _each in range(3):
        begun = time.thread_time()
        assert len(index.find("магазен мгазин магазен магазен мгазин магазен").merchants) == 240
        spent.append(time.thread_time() - begun)
    # Seconds; to compare every name with every word letter by letter takes several times as long.
    assert min(spent) < 0.1
