from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from partners.checklist import State
from partners.checklist import steps as steps_of
from partners.embed import checklist as embed


@require_safe
def checklist(request: HttpRequest, token: str) -> HttpResponse:
    """How far the integration is, for whoever has the link."""
    if not embed.opens(request.storefront, token):
        raise Http404
    steps = steps_of(request.storefront, at=timezone.now())
    context = {
        "steps": steps,
        "done": sum(step.state == State.WORKS for step in steps),
        "snippet": embed.snippet(request.storefront),
    }
    # The address is the key: no search engine has it, and no other site is told of it.
    headers = {"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    response = render(request, "partners/checklist.html", context)
    for name, value in headers.items():
        response.headers[name] = value
    return response
