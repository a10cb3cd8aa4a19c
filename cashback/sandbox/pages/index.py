"""What the sandbox has, for a person who opens it in a browser."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cashback.sandbox import catalogue, config, generated


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    known = list(catalogue.campaigns().values())
    context = {
        "partners": list(config.current().partners.values()),
        "hand_made": known[: -generated.COUNT],
        "generated": generated.COUNT,
    }
    return render(request, "sandbox/index.html", context)
