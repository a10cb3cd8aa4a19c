import pytest

from cashback.lib.admin import list_of, page_of
from partners.models import Partner, Storefront

pytestmark = pytest.mark.django_db


@pytest.fixture
def facts(acorn):
    return {
        "name": "Acorn Bank",
        "host": "",
        "locale": "ru",
        "shopper_percent": "70",
        "partner_percent": "10",
        "credit_on": "approved",
        "theme": "{}",
        "embed_origins": "",
        "is_active": "on",
    }


def test_a_storefront_is_changed(operator, acorn, facts):
    changes = {
        "host": "Cashback.Acorn.Example",
        "theme": '{"brand": "#1f7a4d"}',
        "embed_origins": "https://www.acorn.example/\n\n https://app.acorn.example:8443",
    }

    operator.post(page_of(Storefront, acorn.pk), facts | changes)

    acorn.refresh_from_db()
    assert acorn.host == "cashback.acorn.example"
    assert acorn.theme == {"brand": "#1f7a4d"}
    assert acorn.embed_origins == ["https://www.acorn.example", "https://app.acorn.example:8443"]


@pytest.mark.parametrize(
    ("wrong", "field", "refusal"),
    [
        ({"theme": '{"brand": "red"}'}, "theme", "brand"),
        ({"theme": '{"brand": "#fff}</style>"}'}, "theme", "brand"),
        ({"theme": "[1]"}, "theme", "object"),
        ({"theme": "not json"}, "theme", "JSON"),
        ({"shopper_percent": "95"}, "partner_percent", "more than the whole commission"),
        ({"shopper_percent": "-1"}, "shopper_percent", "greater than or equal to 0"),
        ({"host": "https://acorn.example"}, "host", "the name alone"),
        ({"host": "acorn.example/path"}, "host", "the name alone"),
        ({"embed_origins": "https://a.example; script-src *"}, "embed_origins", "script-src"),
        ({"embed_origins": "*"}, "embed_origins", "No origin: *"),
        ({"embed_origins": "https://a.example/path"}, "embed_origins", "No origin"),
        ({"credit_on": "always"}, "credit_on", "valid choice"),
    ],
)
def test_what_a_storefront_cannot_be_is_refused_in_words(operator, acorn, facts, wrong, field, refusal):
    before = Storefront.objects.values().get()

    page = operator.post(page_of(Storefront, acorn.pk), facts | wrong)

    assert refusal in " ".join(page.context["adminform"].form.errors[field])
    assert Storefront.objects.values().get() == before


def test_a_new_storefront_needs_a_real_currency(operator, acorn, facts):
    new = facts | {"partner": str(acorn.partner_id), "slug": "acorn-2", "currency": "XQQ"}

    page = operator.post(list_of(Storefront) + "add/", new)
    operator.post(list_of(Storefront) + "add/", new | {"currency": "rub"})

    assert "ISO 4217" in page.context["adminform"].form.errors["currency"][0]
    assert Storefront.objects.get(slug="acorn-2").currency == "RUB"


def test_what_links_and_balances_hold_on_to_stays(operator, acorn, facts):
    operator.post(page_of(Storefront, acorn.pk), facts | {"slug": "oak", "currency": "USD"})

    acorn.refresh_from_db()
    assert (acorn.slug, acorn.currency) == ("acorn", "RUB")


def test_the_page_opens_the_storefront(operator, acorn, settings):
    page = operator.get(page_of(Storefront, acorn.pk)).content.decode()

    assert f'href="{settings.SITE_URL}/s/acorn/" target="_blank"' in page


@pytest.mark.parametrize("pem", ["rubbish", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
def test_a_sign_on_key_must_be_one(operator, acorn, pem):
    page = operator.post(page_of(Partner, acorn.partner_id), {"name": "Acorn", "sso_public_key": pem})

    assert "Ed25519" in page.context["adminform"].form.errors["sso_public_key"][0]
    assert Partner.objects.get().sso_public_key == ""
