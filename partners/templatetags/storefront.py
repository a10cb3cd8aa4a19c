from datetime import datetime

from django import template
from django.template import Context
from django.utils import timezone

from partners import terms, theme
from partners.brand import prose, texts
from partners.models import BrandImage

register = template.Library()

register.filter("linked", prose.linked)
register.filter("prose", prose.prose)

_DEFAULT_DIGEST = theme.digest({})


@register.simple_tag(takes_context=True)
def theme_path(context: Context) -> str:
    """The CSS of the request's storefront, or our own look where there is none."""
    request = context.get("request")
    # Staff who try a look see it in a preview that nobody else is shown (partners.admin.look).
    if draft := getattr(request, "theme_draft", ""):
        return draft
    storefront = getattr(request, "storefront", None)
    return theme.address(storefront.theme_digest if storefront else _DEFAULT_DIGEST)


@register.simple_tag(takes_context=True)
def storefront_text(context: Context, name: str) -> str:
    """What the request's storefront says in the reader's language."""
    return texts.said(context["request"].storefront, name)


@register.simple_tag(takes_context=True)
def announced_terms(context: Context) -> datetime | None:
    """The day from which new terms hold, while they are announced."""
    return terms.announced_for(context["request"].storefront, at=timezone.now())


@register.simple_tag(takes_context=True)
def logos(context: Context) -> list[dict[str, object]]:
    """The storefront's logo for each ground that it may stand on, with the CSS class that shows it there.

    A wide one has the name in it; beside a square one the name is written.
    """
    worn = context["request"].storefront.dress.get("logos", {})
    light, dark = worn.get(BrandImage.Kind.LOGO_LIGHT), worn.get(BrandImage.Kind.LOGO_DARK)
    if light and dark:
        found = [{**light, "ground": "is-for-light"}, {**dark, "ground": "is-for-dark"}]
    else:
        found = [{**light, "ground": "is-light-alone"}] if light else []
        found += [{**dark, "ground": "is-dark-alone"}] if dark else []
    return [{**logo, "has_name": logo["width"] >= 2 * logo["height"]} for logo in found]
