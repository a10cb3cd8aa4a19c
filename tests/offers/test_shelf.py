"""Favourites, shops looked at lately, and guesses while somebody types."""

import re
from datetime import timedelta

import pytest

from offers import shelf, shelving
from offers.models import FavouriteShop, ShopVisit
from tests import make

FAVOURITES_QUERIES = 5  # storefront, shopper, what is kept, its shops, what is available
GUESS_QUERIES = 4  # storefront, edition, the index, the shops


@pytest.fixture
def tea(account):
    return make.offer(at=account, of=make.merchant("Северный чай", slug="tea"))


def press(client, slug="tea", keep="yes", **headers):
    return client.post(
        f"/s/acorn/favourites/{slug}/",
        {"keep": keep, "back": "/s/acorn/?sort=name"},
        headers={"Sec-Fetch-Site": "same-origin", **headers},
    )


def test_a_heart_keeps_the_shop_and_leads_back_to_its_card(client, alice, tea):
    make.sign_on(client, alice)
    answer = press(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/s/acorn/?sort=name#shop-tea")
    assert FavouriteShop.objects.get().shopper == alice
    assert "Северный чай" in client.get("/s/acorn/favourites/").content.decode()


def test_a_heart_pressed_twice_is_one_favourite_and_emptied_twice_none(client, alice, tea):
    make.sign_on(client, alice)
    press(client), press(client)
    assert FavouriteShop.objects.count() == 1
    press(client, keep="no"), press(client, keep="no")
    assert FavouriteShop.objects.count() == 0


def test_htmx_gets_the_new_heart_alone(client, alice, tea):
    make.sign_on(client, alice)
    page = press(client, **{"HX-Request": "true"}).content.decode()
    assert page.count("<form") == 1
    assert 'aria-pressed="true"' in page and 'value="no"' in page and "Северный чай" in page
    assert "<html" not in page


def test_a_page_shows_which_hearts_are_full(client, alice, account, tea):
    make.offer(at=account, of=make.merchant("Books", slug="books"))
    make.sign_on(client, alice)
    press(client)
    page = client.get("/s/acorn/").content.decode()
    assert re.findall(r'id="keep-(\w+)" aria-pressed="(\w+)"', page) == [("tea", "true"), ("books", "false")]


@pytest.mark.parametrize(
    ("slug", "keep", "status"),
    [
        ("nobody", "yes", 404),
        ("nobody", "no", 404),
        ("tea", "", 400),
        ("tea", "maybe", 400),
        ("tea", "\x00", 400),
    ],
)
def test_rubbish_keeps_nothing(client, alice, tea, slug, keep, status):
    make.sign_on(client, alice)
    assert press(client, slug=slug, keep=keep).status_code == status
    assert FavouriteShop.objects.count() == 0


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/",
        "/admin/",
        "/s/acorn\\evil",
        "javascript:x",
        "",
        "/s/acorn/\n",
    ],
)
def test_a_heart_never_leads_away_from_the_storefront(client, alice, tea, back):
    make.sign_on(client, alice)
    answer = client.post(
        "/s/acorn/favourites/tea/",
        {"keep": "yes", "back": back},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.headers["Location"] == "/s/acorn/#shop-tea"


def test_another_site_cannot_press_a_heart(client, alice, tea):
    make.sign_on(client, alice)
    answer = client.post(
        "/s/acorn/favourites/tea/", {"keep": "yes"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert FavouriteShop.objects.count() == 0


def test_a_guest_keeps_nothing_and_is_told_how_to_sign_on(client, acorn, tea):
    assert press(client).status_code == 403
    page = client.get("/s/acorn/favourites/")
    assert page.status_code == 403
    assert "Acorn Bank" in page.content.decode()
    assert FavouriteShop.objects.count() == 0


def test_reading_the_address_of_a_heart_presses_nothing(client, alice, tea):
    make.sign_on(client, alice)
    assert client.get("/s/acorn/favourites/tea/").status_code == 405


def test_favourites_are_the_shoppers_own(client, acorn, alice, tea, at):
    shelf.keep(shopper=make.shopper(acorn, "carol"), slug="tea", at=at)
    make.sign_on(client, alice)
    assert "Северный чай" not in re.sub(
        r"(?s)<h2 class=\"section\">.*", "", client.get("/s/acorn/favourites/").content.decode()
    )


def test_a_kept_shop_that_is_gone_is_counted_and_comes_back_by_itself(client, acorn, alice, tea, at):
    shelf.keep(shopper=alice, slug="tea", at=at)
    rule = shelving.add_rule(storefront=acorn, kind="deny", merchant_id=tea.merchant_id)
    assert shelf.favourites(alice) == ([], 1)
    make.sign_on(client, alice)
    assert client.get("/s/acorn/favourites/").status_code == 200
    shelving.remove_rule(storefront=acorn, rule_id=rule.pk)
    shops, away = shelf.favourites(alice)
    assert ([shop.slug for shop in shops], away) == (["tea"], 0)


def test_there_is_an_end_to_favourites(client, alice, account, tea, at, monkeypatch):
    monkeypatch.setattr(shelf, "MOST_FAVOURITES", 1)
    make.offer(at=account, of=make.merchant("Books", slug="books"))
    shelf.keep(shopper=alice, slug="tea", at=at)
    make.sign_on(client, alice)
    assert press(client, slug="books").status_code == 409
    assert press(client, slug="tea").status_code == 303
    assert FavouriteShop.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_favourites_take_the_same_few_queries_for_one_shop_and_for_three(
    client, alice, account, at, count, django_assert_num_queries
):
    for _each in range(count):
        shelf.keep(shopper=alice, slug=make.offer(at=account).merchant.slug, at=at)
    make.sign_on(client, alice)
    with django_assert_num_queries(FAVOURITES_QUERIES):
        page = client.get("/s/acorn/favourites/").content.decode()
    assert page.count("<h3>") == count


def test_shops_looked_at_come_back_latest_first_each_once(client, alice, account, tea, at):
    books = make.offer(at=account, of=make.merchant("Books", slug="books"))
    shelf.note_visit(shopper=alice, merchant_id=tea.merchant_id, at=at - timedelta(hours=2))
    shelf.note_visit(shopper=alice, merchant_id=books.merchant_id, at=at - timedelta(hours=1))
    shelf.note_visit(shopper=alice, merchant_id=tea.merchant_id, at=at)
    assert [shop.slug for shop in shelf.visited(alice)] == ["tea", "books"]
    make.sign_on(client, alice)
    strip = re.search(r'class="visited".*?</section>', client.get("/s/acorn/").content.decode(), re.S)[0]
    assert re.findall(r"shops/(\w+)/", strip) == ["tea", "books"]
    assert 'class="visited"' not in client.get("/s/acorn/?sort=name&page=1&q=tea").content.decode()


def test_only_the_latest_visits_are_kept(alice, account, at, monkeypatch):
    monkeypatch.setattr(shelf, "VISITS_KEPT", 2)
    offers = [make.offer(at=account) for _each in range(3)]
    for minutes, offer in enumerate(offers):
        shelf.note_visit(shopper=alice, merchant_id=offer.merchant_id, at=at + timedelta(minutes=minutes))
    assert set(ShopVisit.objects.values_list("merchant", flat=True)) == {
        offer.merchant_id for offer in offers[1:]
    }


def test_a_visit_is_one_statement_and_loading_again_writes_nothing(
    alice, account, tea, at, django_assert_num_queries
):
    with django_assert_num_queries(1):
        shelf.note_visit(shopper=alice, merchant_id=tea.merchant_id, at=at)
    shelf.note_visit(shopper=alice, merchant_id=tea.merchant_id, at=at + timedelta(seconds=50))
    assert ShopVisit.objects.get().visited_at == at
    shelf.note_visit(shopper=alice, merchant_id=tea.merchant_id, at=at + timedelta(seconds=70))
    assert ShopVisit.objects.get().visited_at == at + timedelta(seconds=70)


def test_an_emptied_heart_tells_no_name_of_a_shop_that_is_left_out(client, acorn, alice, tea, at):
    shelf.keep(shopper=alice, slug="tea", at=at)
    shelving.add_rule(storefront=acorn, kind="deny", merchant_id=tea.merchant_id)
    make.sign_on(client, alice)
    assert press(client, keep="no").status_code == 303  # who kept it knows it
    assert press(client, keep="no", **{"HX-Request": "true"}).status_code == 404


def test_guesses_are_options_that_lead_to_the_shops(client, acorn, tea):
    page = client.get("/s/acorn/search/?q=ctdth").content.decode()
    assert re.findall(r'role="option" id="guess-1".*?href="([^"]+)"', page) == ["/s/acorn/shops/tea/"]
    assert "<html" not in page


@pytest.mark.parametrize("text", ["", "с", "%00", "zzzz", "я" * 10_000, "<script>"])
def test_guesses_bear_any_text(client, acorn, tea, text):
    answer = client.get(f"/s/acorn/search/?q={text}")
    assert answer.status_code == 200
    assert 'role="option"' not in answer.content.decode()
    assert "<script>" not in answer.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_guesses_take_the_same_few_queries_for_one_shop_and_for_three(
    client, acorn, account, count, django_assert_num_queries
):
    for number in range(count):
        make.offer(at=account, of=make.merchant(f"Чайник {number}"))
    with django_assert_num_queries(GUESS_QUERIES):
        page = client.get("/s/acorn/search/?q=чайник").content.decode()
    assert page.count('role="option"') == count


def test_a_search_with_a_slip_says_what_it_took_the_text_for(client, acorn, tea):
    page = client.get("/s/acorn/?q=севреный").content.decode()
    assert 'class="meant"' in page
    assert "«Северный чай»" in page or "“Северный чай”" in page
