import pytest

from cashback.lib.admin import list_of, page_of
from partners import pilot_list, theme
from partners.brand import look
from partners.forms import StorefrontForm
from partners.models import Partner, Storefront

pytestmark = pytest.mark.django_db

SAID = {("headline", "ru"): "Дубок"}


@pytest.fixture
def facts(acorn):
    return {
        "name": "Acorn Bank",
        "host": "",
        "locale": "ru",
        "shopper_percent": "70",
        "partner_percent": "10",
        "credit_on": "approved",
        "embed_origins": "",
        "time_zone": "Europe/Moscow",
        "ships_to": "",
        "pilot_list": "",
        "has_interstitial": "on",
        "interstitial_seconds": "5",
        "terms_notice_days": "14",
        "is_active": "on",
    }


def test_a_storefront_is_changed(operator, acorn, facts):
    changes = {
        "host": "Cashback.Acorn.Example",
        "ships_to": "kz, RU\nKZ",
        "is_pilot": "on",
        "pilot_list": "Alice\n carol@acorn.example ",
        "interstitial_seconds": "0",
        "embed_origins": "https://www.acorn.example/\n\n https://app.acorn.example:8443",
    }

    operator.post(page_of(Storefront, acorn.pk), facts | changes)

    acorn.refresh_from_db()
    assert acorn.host == "cashback.acorn.example"
    assert acorn.time_zone == "Europe/Moscow"
    assert acorn.ships_to == ["KZ", "RU"]
    assert (acorn.is_pilot, acorn.has_interstitial, acorn.interstitial_seconds) == (True, True, 0)
    assert pilot_list.read(acorn) == ["alice", "carol@acorn.example"]
    assert acorn.embed_origins == ["https://www.acorn.example", "https://app.acorn.example:8443"]


def test_facts_are_saved_beside_a_look_that_was_saved_meanwhile(operator, acorn, facts, monkeypatch):
    """The page was read before the look was saved, and is written after it."""
    clean = StorefrontForm.clean

    def meanwhile(form):
        look.save(storefront=Storefront.objects.get(), tokens={"brand": "#00308f"}, words=SAID, logos={})
        return clean(form)

    monkeypatch.setattr(StorefrontForm, "clean", meanwhile)
    assert operator.post(page_of(Storefront, acorn.pk), facts | {"name": "Renamed"}).status_code == 302
    acorn.refresh_from_db()
    assert acorn.name == "Renamed"
    assert acorn.theme == {"brand": "#00308f"} and acorn.theme_digest == theme.digest(acorn.theme)
    assert acorn.dress["texts"] == {"headline": {"ru": "Дубок"}}


@pytest.mark.parametrize(
    ("wrong", "field", "refusal"),
    [
        ({"time_zone": "Moscow"}, "time_zone", "valid choice"),
        ({"time_zone": "../../etc/passwd"}, "time_zone", "valid choice"),
        ({"ships_to": "KZ, XX"}, "ships_to", "XX"),
        ({"ships_to": "Kazakhstan"}, "ships_to", "KAZAKHSTAN"),
        ({"pilot_list": "a" * 255}, "pilot_list", "Too long"),
        ({"interstitial_seconds": "61"}, "interstitial_seconds", "less than or equal to 60"),
        ({"terms_notice_days": "0"}, "terms_notice_days", "greater than or equal to 1"),
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


def test_the_pilot_list_holds_exactly_what_is_written(operator, acorn, facts):
    pilot_list.write(storefront=acorn, names=["alice", "bob"])

    operator.post(page_of(Storefront, acorn.pk), facts | {"pilot_list": "Bob\nBOB\ncarol"})

    assert pilot_list.read(acorn) == ["bob", "carol"]
    assert "bob\ncarol</textarea>" in operator.get(page_of(Storefront, acorn.pk)).content.decode()


def test_the_page_leads_to_the_look_and_to_the_terms(operator, acorn):
    page = operator.get(page_of(Storefront, acorn.pk)).content.decode()

    for rest in ("look", "terms"):
        assert f'href="/admin/partners/storefront/{acorn.pk}/{rest}/"' in page


def test_the_page_opens_the_storefront(operator, acorn, settings):
    page = operator.get(page_of(Storefront, acorn.pk)).content.decode()

    assert f'href="{settings.SITE_URL}/s/acorn/" target="_blank"' in page


@pytest.mark.parametrize("pem", ["rubbish", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
def test_a_sign_on_key_must_be_one(operator, acorn, pem):
    page = operator.post(page_of(Partner, acorn.partner_id), {"name": "Acorn", "sso_public_key": pem})

    assert "Ed25519" in page.context["adminform"].form.errors["sso_public_key"][0]
    assert Partner.objects.get().sso_public_key == ""


def test_support_reads_who_is_in_the_pilot(support, acorn):
    pilot_list.write(storefront=acorn, names=["alice", "carol"])

    page = support.get(page_of(Storefront, acorn.pk)).content.decode()

    assert "alice<br>carol" in page
    assert "/look/" not in page
