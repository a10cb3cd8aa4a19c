from django import template
from django.template import Context

from partners import theme

register = template.Library()

_DEFAULT_DIGEST = theme.digest({})


@register.simple_tag(takes_context=True)
def theme_path(context: Context) -> str:
    """The CSS of the request's storefront, or our own look where there is none.

    Browsers keep it for ever. The default theme's digest after the question mark changes whenever the code that makes
    the CSS does, which the digest of a stored theme does not.
    """
    storefront = getattr(context.get("request"), "storefront", None)
    digest = storefront.theme_digest if storefront else _DEFAULT_DIGEST
    return f"/theme/{digest}.css?{_DEFAULT_DIGEST}"
