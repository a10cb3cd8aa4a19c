"""Who is served under which host name."""

import pytest

from partners import storefronts
from partners.forms import StorefrontForm
from partners.models import Partner, Storefront
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


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.1", "test", "nottest", "x.test.example"])
@pytest.mark.parametrize("path", ["/", "/healthz", "/go/rubbish", "/embed/v1.js", "/admin/login/"])
def test_demo_and_test_answer_to_no_name_that_could_be_reached_from_outside(client, db, host, path):
    assert get(client, path, host).status_code == 404


def test_a_row_is_not_enough_for_a_name_that_could_be_reached_from_outside(client, acorn):
    Storefront.objects.filter(pk=acorn.pk).update(host="cashback.acorn.example")
    assert get(client, "/", "cashback.acorn.example").status_code == 404


def test_in_production_a_row_is_enough(client, acorn, settings):
    settings.EGRESS_LOOPBACK = False
    settings.OWN_HOSTS = {"vitrina.example"}
    assert get(client, "/", "cashback.acorn.example").status_code == 404
    Storefront.objects.filter(pk=acorn.pk).update(host="cashback.acorn.example")
    assert get(client, "/", "cashback.acorn.example").status_code == 200
    assert get(client, "/", "vitrina.example").status_code == 200
    assert get(client, "/", "other.example").status_code == 404


@pytest.mark.parametrize("host", ["a b", "a/b", "<script>", "[::1", "a" * 400, "x\x00y"])
def test_a_host_that_is_none_is_refused(client, db, host):
    assert get(client, "/", host).status_code in (400, 404)


@pytest.mark.parametrize(
    ("domain", "status"),
    [
        ("cashback.acorn.test", 200),
        ("CASHBACK.acorn.test.", 200),
        ("localhost", 200),
        ("stranger.test", 404),
        ("", 404),
        ("%00", 404),
        ("x" * 5000, 404),
    ],
)
def test_a_proxy_asks_which_names_deserve_a_certificate(client, housed, domain, status):
    answer = get(client, f"/hosts/allowed?domain={domain}", "127.0.0.1")
    assert (answer.status_code, answer.content) == (status, b"")


def test_a_closed_storefront_deserves_no_certificate(client, housed):
    Storefront.objects.filter(pk=housed.pk).update(is_active=False)
    assert get(client, "/hosts/allowed?domain=cashback.acorn.test", "localhost").status_code == 404


def test_the_proxys_question_is_one_small_query(client, housed, django_assert_num_queries):
    with django_assert_num_queries(1):
        get(client, "/hosts/allowed?domain=cashback.acorn.test", "localhost")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST."])
def test_a_name_of_ours_is_no_storefronts(db, host):
    assert list(StorefrontForm({"host": host}).errors["host"]) == [
        "This name is our own: the staff's pages are on it."
    ]


def test_a_storefront_found_by_its_address_is_the_one_in_the_table_without_the_partners_secrets(
    acorn, django_assert_num_queries
):
    acorn.host, acorn.theme, acorn.ships_to = "cashback.acorn.test", {"brand": "#1f7a4d"}, ["RU"]
    acorn.save()
    whole = Storefront.objects.select_related("partner").get()
    by = [
        storefronts.open_by_slug("acorn"),
        storefronts.open_by_host(acorn.host),
        storefronts.open_by_id(acorn.pk),
    ]
    with django_assert_num_queries(0):
        for found in by:
            assert all(
                getattr(found, field.attname) == getattr(whole, field.attname) for field in whole._meta.fields
            )
            assert (found.partner.name, found.partner.slug) == (whole.partner.name, whole.partner.slug)
    assert by[0].partner.get_deferred_fields() == {"sso_secret", "sso_public_key"}
    Partner.objects.update(is_active=False)
    assert storefronts.open_by_slug("acorn") is None
