"""What the profile and the page before an erasure have to look up."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location
from django import template
from django.utils.translation import get_language

from partners.personal_data import Question

register = template.Library()


@register.simple_tag
def answer_to(question: Question, answers: Mapping[str, str]) -> str:
    return answers.get(question.name, "")


@register.filter
def zone_name(zone: str) -> str:
    """`New York`, `Москва`: the city whose days they are."""
    return get_timezone_location(ZoneInfo(zone), locale=get_language(), return_city=True)
