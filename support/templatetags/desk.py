"""`support.display` and `support.codes` for the staff's templates."""

from django import template

from cashback.lib import display
from support import codes
from support import display as desk

register = template.Library()

for each in (
    *(desk.span, desk.minutes, desk.moment, desk.short_day, desk.since, desk.weekday),
    *(desk.initials, desk.tone, desk.joined, desk.file_size),
    *(codes.reason, codes.flag, codes.why_not),
    *(display.money, display.percent),
):
    register.filter(each.__name__, each)
