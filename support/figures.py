"""How a partner's own shoppers have been answered."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from partners.models import Partner
from support.quality.measures import claims, satisfaction, speed
from support.quality.measures.satisfaction import Satisfaction
from support.quality.measures.scope import By, Scope


def of_partner(partner: Partner, *, first: date, last: date, at: datetime) -> dict[str, Any]:
    """From the first day to the last, days of UTC."""
    since, until = (datetime.combine(day, time(), UTC) for day in (first, last + timedelta(days=1)))
    scope = Scope(since=since, until=until, at=at, partner_ids=[partner.pk])
    closed = claims.success(scope)
    reply = speed.first_reply(scope).get("")
    scores = satisfaction.satisfaction(scope, By.ALL).get("", Satisfaction(0, 0, 0, 0))
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "time_zone": "UTC",
        "claims": {
            "opened": partner.claims.filter(created_at__gte=since, created_at__lt=until).count(),
            "open_now": partner.claims.open().count(),
            "credited": closed.credited,
            "compensated": closed.compensated,
            "rejected": closed.rejected,
            "not_eligible": closed.not_eligible,
        },
        "first_reply": reply
        and {"replies": reply.replies, "p50_seconds": round(reply.p50), "p90_seconds": round(reply.p90)},
        "satisfaction": {
            "asked": scores.asked,
            "answered": scores.answered,
            "satisfied": scores.satisfied,
        },
    }
