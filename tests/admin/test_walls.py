"""The wall between partners: a member of staff who works for Birch alone finds nothing of Acorn's on any staff page.

They hold every permission there is, so that nothing but the wall keeps them out. Every model with a page has a row of
Acorn's here; one that has none fails the first test, so a new page cannot come without being probed.
"""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from cashback.lib.walls import HOUSE, SHARED, Walled
from partners import reach
from partners.models import StaffReach
from tests import make, walled
from tests.without_filters import wall  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db

# Nobody else's rows say this.
MARK = "zweigmark"


@pytest.fixture
def marked(db):
    """Acorn's storefront and its shopper, by names that stand nowhere else."""
    storefront = make.storefront(slug=MARK, name=f"{MARK} bank", currency="RUB", locale="ru")
    return make.shopper(storefront, f"{MARK}-shopper")


@pytest.fixture
def rows(marked, at):
    """By model, a row of Acorn's for every staff page there is."""
    return walled.fill(marked, mark=MARK, at=at)


@pytest.fixture
def stranger(django_user_model, birch):
    """May do everything, for Birch."""
    user = django_user_model.objects.create_user("bella", password="a-long-password", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    StaffReach.objects.create(user=user).partners.add(birch.partner)
    walled.employ(user)
    client = Client()
    client.force_login(user)
    return client


def pages() -> dict:
    """The model admins whose rows belong to a partner or to the house."""
    return {model: page for model, page in admin.site._registry.items() if isinstance(page, Walled)}


def test_every_page_is_behind_the_wall_and_probed(rows):
    outside = {model.__name__ for model in admin.site._registry} - {model.__name__ for model in pages()}
    assert outside == set()
    unprobed = {model.__name__ for model, page in pages().items() if page.wall != SHARED} - {
        model.__name__ for model in rows
    }
    assert unprobed == set()


def addresses(patterns=None, prefix="") -> list[tuple[str, URLPattern]]:
    found = []
    for pattern in patterns if patterns is not None else get_resolver("cashback.urls").url_patterns:
        text = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += addresses(pattern.url_patterns, text)
        else:
            found.append((text, pattern))
    return found


def staff_addresses() -> list[str]:
    return [text for text, _pattern in addresses() if text.startswith("admin/")]


_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


def of_row(row, address: str) -> str | None:
    """The address with the row in it, where it is one of the row's own page."""
    base = f"admin/{row._meta.app_label}/{row._meta.model_name}/"
    if not address.startswith(base) or not _PLACE.search(address):
        return None
    return "/" + _PLACE.sub(str(row.pk), address).replace("\\Z", "").replace("^", "").replace("$", "")


def test_every_address_with_a_row_of_anothers_is_404(rows, stranger):
    probed, leaks = 0, []
    known = staff_addresses()
    for model, row in rows.items():
        if admin.site._registry[model].wall == SHARED:
            continue
        for address in known:
            path = of_row(row, address)
            if path is None:
                continue
            for ask in (stranger.get, stranger.post):
                answer = ask(path, follow=True)
                probed += 1
                if (
                    answer.status_code not in (404, 403, 405)
                    or MARK in answer.content.decode(errors="replace").lower()
                ):
                    leaks.append((ask.__name__, path, answer.status_code))
    assert leaks == []
    print(f"{probed} addresses of rows probed")
    assert probed >= 100


def test_no_list_filter_search_or_choice_names_anothers_rows(rows, stranger):
    leaks, probed = [], 0
    for model in pages():
        base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for query in ("", f"?q={MARK}", f"?q={MARK}-shopper"):
            answer = stranger.get(base + query, follow=True)
            probed += 1
            # What was asked for stands in the search field; nothing else may.
            text = answer.content.decode(errors="replace").lower().replace(f'value="{query[3:]}"', "")
            if MARK in text.replace(f"q={query[3:]}", "") and query == "" or f"{MARK} bank" in text:
                leaks.append(base + query)
        add = base + "add/"
        answer = stranger.get(add)
        probed += 1
        if MARK in answer.content.decode(errors="replace").lower():
            leaks.append(add)
    assert leaks == []
    assert probed >= 60


def test_no_other_staff_page_names_anothers_rows(rows, stranger):
    leaks = []
    for address in staff_addresses():
        if _PLACE.search(address) or "(?P" in address:
            continue
        answer = stranger.get(f"/{address}", follow=True)
        if MARK in answer.content.decode(errors="replace").lower():
            leaks.append(address)
    assert leaks == []


def test_choices_that_complete_themselves_stay_behind_the_wall(rows, stranger):
    leaks = []
    for model in pages():
        for field in model._meta.get_fields():
            if not (field.many_to_one and field.concrete):
                continue
            names = {
                "app_label": model._meta.app_label,
                "model_name": model._meta.model_name,
                "field_name": field.name,
            }
            answer = stranger.get("/admin/autocomplete/", {**names, "term": MARK})
            if MARK in answer.content.decode(errors="replace").lower():
                leaks.append(names)
    assert leaks == []


def test_who_works_for_all_sees_the_row_and_a_lost_reach_sees_nothing(rows, marked, root, django_user_model):
    assert root.get(reverse("admin:partners_shopper_change", args=[marked.pk])).status_code == 200
    user = django_user_model.objects.create_user("nora", password="a-long-password", is_staff=True)
    StaffReach.objects.create(user=user)
    assert reach.partner_ids(user) == frozenset()


def test_the_house_s_own_pages_are_shut_behind_a_wall(stranger):
    for model, page in pages().items():
        if page.wall == HOUSE:
            base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            assert stranger.get(base).status_code == 403


def test_staff_of_some_partners_change_their_own_password(stranger):
    path = reverse("admin:password_change")
    words = {
        "old_password": "a-long-password",
        "new_password1": "a-Longer-pass-77",
        "new_password2": "a-Longer-pass-77",
    }
    assert stranger.post(path, words).status_code == 302
    assert Client().login(username="bella", password="a-Longer-pass-77")
