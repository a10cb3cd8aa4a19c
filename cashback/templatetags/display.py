"""`cashback.lib.display` for templates, and icons."""

from datetime import datetime
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cashback.lib import display

register = template.Library()

register.filter("money", display.money)
register.filter("day", display.day)


@register.filter
def ago(moment: datetime) -> str:
    return display.ago(moment, at=timezone.now())


@register.simple_tag
@lru_cache
def icon(name: str) -> SafeString:
    """A drawing of the sprite. It only repeats what the text beside it says, so readers skip it."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("icons.svg"), name
    )
