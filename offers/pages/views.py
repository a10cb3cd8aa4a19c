"""The storefront's shelves: shops, favourites, and the logos on them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from offers import catalogue, fragments, promises, rules, shelf
from offers.catalogue import Shelves, ShopPage
from offers.fragments import Listing
from offers.rules import Edition
from offers.search.wishes import MOST_PAGES_AT_ONCE, Sort, Wish, plain

_YEAR_SECONDS = 365 * 86400
_SHORTEST_GUESS = 2


@require_safe
def shops(request: HttpRequest) -> HttpResponse:
    """The list, with all around it; with `part` in its address only the cards that go below those already shown."""
    wish = Wish.read(request.GET)
    edition = rules.edition(request.storefront)
    if "part" in request.GET:
        # The browser comes back from a shop to the same place in the list.
        return HttpResponse(_more(request, wish, edition), headers={"HX-Replace-Url": wish.address})
    is_plain = not wish.text and wish.address == f"?{request.META['QUERY_STRING']}"
    # In a frame, and where staff try a look, a guest's page is not like all guests'.
    if request.shopper or request.is_embedded or getattr(request, "theme_draft", "") or not is_plain:
        return HttpResponse(_page(request, wish, edition))
    if not _is_worth_keeping(wish, _shelves(request, wish, edition)):
        return HttpResponse(_page(request, wish, edition))
    page = fragments.kept_for_guests(
        request, edition, wish.address, make=lambda: _page(request, wish, edition).encode()
    )
    return HttpResponse(page)


def _page(request: HttpRequest, wish: Wish, edition: Edition) -> str:
    shelves = _shelves(request, wish, edition)
    favourites = shelf.favourite_slugs(request.shopper) if request.shopper else None
    is_first_page = wish.page == 1 and not wish.is_narrowed
    shelf_here = shelves.category(wish.category)
    return render_to_string(
        "offers/shops.html",
        {
            "wish": wish,
            "shelf_name": catalogue.name_of(shelf_here) if shelf_here else "",
            "shelf_list": _shelf_list(wish, edition, shelves),
            "listing": _cards(request, wish, edition, shelves, favourites, is_part=False),
            "favourites": len(favourites or ()),
            "visited": shelf.visited(request.shopper) if request.shopper and is_first_page else [],
        },
        request,
    )


def _more(request: HttpRequest, wish: Wish, edition: Edition) -> str:
    shelves = _shelves(request, wish, edition)
    favourites = shelf.favourite_slugs(request.shopper) if request.shopper else None
    return _cards(request, wish, edition, shelves, favourites, is_part=True)


def _shelves(request: HttpRequest, wish: Wish, edition: Edition) -> Shelves:
    shelves = fragments.kept(edition, "shelves", make=lambda: catalogue.shelves(request.storefront))
    if wish.category and shelves.category(wish.category) is None:
        raise Http404
    return shelves


def _cards(
    request: HttpRequest,
    wish: Wish,
    edition: Edition,
    shelves: Shelves,
    favourites: set[str] | None,
    *,
    is_part: bool,
) -> SafeString:
    listing = _listing(request, wish, edition, shelves, is_part=is_part)
    if listing.is_past_the_end:
        raise Http404
    return fragments.with_hearts(listing.html, favourites, back=request.get_full_path())


def _shelf_list(wish: Wish, edition: Edition, shelves: Shelves) -> str:
    def make() -> str:
        shown = sorted(
            ((catalogue.name_of(each), wish.but(category=each.slug), each) for each in shelves.categories),
            key=lambda line: line[0].casefold(),
        )
        return render_to_string(
            "ui/shelf_list.html",
            {"wish": wish, "shelves": shown, "count": shelves.count, "all_shelves": wish.but(category="")},
        )

    if not _is_worth_keeping(wish, shelves):
        return make()
    # Other sorts change only its links.
    return fragments.kept(edition, "shelf-list", wish.but(), make=make)


def _listing(
    request: HttpRequest, wish: Wish, edition: Edition, shelves: Shelves, *, is_part: bool
) -> Listing:
    def make() -> Listing:
        shown = Wish(**{**_as_dict(wish), "first_page": wish.page}) if is_part else wish
        found = catalogue.shops(request.storefront, shown, edition=edition)
        template = "ui/more_shops.html" if is_part else "offers/shop_list.html"
        facts = _facts(request, wish, shelves, found)
        facts["shown"] = (shown.first_page - 1) * catalogue.SHOPS_PER_PAGE + len(found.rows)
        html = render_to_string(template, facts)
        return Listing(html, not found.rows, found.is_past_the_end)

    if not _is_worth_keeping(wish, shelves, is_part=is_part):
        return make()
    return fragments.kept(edition, "part" if is_part else "list", wish.address, make=make)


def _is_worth_keeping(wish: Wish, shelves: Shelves, *, is_part: bool = False) -> bool:
    """What somebody typed is rarely typed again, far pages are rarely seen, and many pages at once are for one reader
    who came back. Nobody fills our memory with countries that there are not."""
    is_one_page = is_part or wish.first_page == wish.page
    is_known = not wish.country or wish.country in shelves.countries
    return not wish.text and wish.page <= MOST_PAGES_AT_ONCE and is_one_page and is_known


def _as_dict(wish: Wish) -> dict[str, object]:
    return {name: getattr(wish, name) for name in wish.__slots__}


def _facts(request: HttpRequest, wish: Wish, shelves: Shelves, found: ShopPage) -> dict[str, object]:
    shelf_here = shelves.category(wish.category)
    count = found.count
    if not wish.text and not wish.country:
        count = shelf_here.count if shelf_here else shelves.count
    countries = sorted(
        (promises.country(code), wish.but(country=code), count, code == wish.country)
        for code, count in shelves.countries.items()
    )
    next_page = wish.page + 1
    return {
        "wish": wish,
        "page": found,
        "shelf": shelf_here,
        "count": count,
        "sorts": [(label, wish.but(sort=value), value == wish.sort) for value, label in Sort.choices],
        "countries": countries,
        "country": promises.country(wish.country) if wish.country else "",
        "everywhere": wish.but(country=""),
        "previous_link": wish.but(page=wish.first_page - 1),
        "next_link": wish.but(page=next_page),
        "next_part": wish.but(page=next_page, first_page=wish.first_page) + "&part=",
        "suggestions": [] if found.rows else catalogue.suggestions(request.storefront),
    }


@require_safe
def guesses(request: HttpRequest) -> HttpResponse:
    """What somebody who is still typing may be looking for, as a list of options."""
    text = plain(request.GET.get("q", ""))
    found, meant = [], ""
    if len(text) >= _SHORTEST_GUESS:
        edition = rules.edition(request.storefront)
        found, meant = catalogue.guess(request.storefront, text, edition=edition)
    return render(request, "ui/guesses.html", {"shops": found, "text": text, "meant": meant})


@require_safe
def favourites(request: HttpRequest) -> HttpResponse:
    if not request.shopper:
        return render(request, "offers/favourites_guest.html", status=403)
    shown, away = shelf.favourites(request.shopper)
    cards = render_to_string("ui/hearted_cards.html", {"shops": shown})
    kept = {shop.slug for shop in shown}
    return render(
        request,
        "offers/favourites.html",
        {
            "cards": fragments.with_hearts(cards, kept, back=request.get_full_path()),
            "count": len(shown),
            "away": away,
            "suggestions": [] if shown else catalogue.suggestions(request.storefront),
        },
    )


@csrf_exempt
@require_POST
def favour(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The heart of a shop is full (`keep=yes`) or empty, however often it is said."""
    if not request.shopper:
        return render(request, "offers/favourites_guest.html", status=403)
    wanted = request.POST.get("keep", "")
    if wanted not in ("yes", "no"):
        return HttpResponse(_("Say keep=yes or keep=no."), status=400, content_type="text/plain")
    try:
        if wanted == "yes":
            name = shelf.keep(shopper=request.shopper, slug=slug, at=timezone.now())
        else:
            name = shelf.let_go(shopper=request.shopper, slug=slug)
    except shelf.NoSuchShop as refusal:
        raise Http404 from refusal
    except shelf.TooManyFavourites:
        text = _("You keep very many shops already. Let one go first.")
        return HttpResponse(text, status=409, content_type="text/plain; charset=utf-8")
    back = _own_address(request, request.POST.get("back", ""))
    if request.htmx and "HX-Boosted" not in request.headers:
        return HttpResponse(fragments.heart(slug, name, is_kept=wanted == "yes", back=back))
    response = redirect(f"{back}#shop-{slug}")
    response.status_code = 303
    return response


def _own_address(request: HttpRequest, address: str) -> str:
    """A page of this storefront: nobody is sent anywhere else."""
    home = get_script_prefix()
    is_own = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith(home)
    return address if is_own and address.isprintable() else home


@require_safe
def logo(request: HttpRequest, digest: str) -> HttpResponse:
    """A merchant's logo, under an address that changes with it."""
    found = catalogue.logo(digest)
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"
    return response
