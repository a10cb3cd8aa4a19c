"""The API's schema and the page that shows it: open to all, for they name nothing of any partner."""

from collections.abc import Callable
from functools import cache, wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from cashback import api_errors, middleware

_View = Callable[[HttpRequest], HttpResponse]


@cache
def openapi_yaml() -> bytes:
    """docs/openapi.yaml is this, as a test sees to."""
    return OpenApiYamlRenderer().render(SchemaGenerator().get_schema(public=True), renderer_context={})


def _only_read(view: _View) -> _View:
    @csrf_exempt
    @wraps(view)
    def read(request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            detail = f'Method "{request.method}" not allowed.'
            return api_errors.problem(request, 405, detail=detail, headers={"Allow": "GET, HEAD"})
        return view(request)

    return read


@_only_read
def schema(request: HttpRequest) -> HttpResponse:
    return HttpResponse(openapi_yaml(), content_type="application/yaml")


@_only_read
def docs(request: HttpRequest) -> HttpResponse:
    page = render(request, "api/docs.html")
    # A file that an example fetched is shown as what it is.
    page.headers["Content-Security-Policy"] = (
        f"{middleware.STRICT.replace('img-src', 'img-src blob:')}frame-ancestors 'none'"
    )
    return page
