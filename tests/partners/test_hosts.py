"""Who is served under which host name."""

import pytest

from partners.models import Storefront
from tests import make

OWN = ["localhost", "127.0.0.1:8000", "LOCALHOST."]


@pytest.fixture
def housed(acorn):
    """Acorn's storefront answers at a host name of Acorn's own."""
    Storefront.objects.filter(pk=acorn.pk).update(host="cashback.acorn.test")
    return acorn


def get(client, path: str, host: str):
    return client.get(path, headers={"host": host})


@pytest.mark.parametrize("host", ["cashback.acorn.test", "Cashback.ACORN.test", "cashback.acorn.test.:8000"])
def test_a_partners_host_name_is_known_however_it_is_written(client, housed, host):
    page = get(client, "/", host)
    assert page.status_code == 200
    assert housed.theme_digest in page.content.decode()
    assert 'href="/coupons/"' in page.content.decode()


def test_a_host_name_is_kept_as_it_is_compared(db):
    assert make.storefront(slug="acorn", host="Cashback.Acorn.test.").host == "cashback.acorn.test"


@pytest.mark.parametrize("path", ["/", "/s/acorn/", "/admin/", "/admin/login/"])
def test_a_host_name_of_nobody_has_no_page(client, housed, path):
    assert get(client, path, "stranger.test").status_code == 404


def test_a_closed_storefronts_host_name_is_nobodys(client, housed):
    Storefront.objects.filter(pk=housed.pk).update(is_active=False)
    assert get(client, "/", "cashback.acorn.test").status_code == 404


@pytest.mark.parametrize("host", OWN)
def test_staff_sign_in_on_our_own_host_names(client, db, host):
    assert get(client, "/admin/login/", host).status_code == 200
    assert get(client, "/", host).status_code == 200


def test_staff_do_not_sign_in_on_a_partners_host_name(client, housed):
    assert get(client, "/admin/login/", "cashback.acorn.test").status_code == 404


def test_a_partners_host_name_shows_that_partners_storefronts_only(client, housed, birch):
    second = make.storefront(slug="acorn-2")
    Storefront.objects.filter(pk=second.pk).update(partner=housed.partner)
    assert get(client, "/s/acorn-2/", "cashback.acorn.test").status_code == 200
    assert get(client, "/s/birch/", "cashback.acorn.test").status_code == 404
    assert get(client, "/s/birch/", "localhost").status_code == 200


@pytest.mark.parametrize("slug", ["ac%00orn", "acorn%00", "acorn%252fme", "acorn%2f%2fme"])
def test_a_slug_is_taken_as_it_is_written(client, acorn, slug):
    assert client.get(f"/s/{slug}/").status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/go/rubbish", "/theme/x.css"])
def test_what_is_answered_on_every_host_asks_for_no_storefront(
    client, housed, path, django_assert_max_num_queries
):
    with django_assert_max_num_queries(1) as asked:
        get(client, path, "stranger.test")
    assert not [query for query in asked.captured_queries if '"host" =' in query["sql"]]
