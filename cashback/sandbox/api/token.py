"""POST /token/"""

from django.http import HttpRequest, HttpResponse

from cashback.sandbox.api import tokens
from cashback.sandbox.api.answers import answer, count_request
from cashback.sandbox.api.errors import ApiError


def token(request: HttpRequest) -> HttpResponse:
    def work() -> dict[str, object]:
        if request.method != "POST":
            raise ApiError(405, "method_not_allowed", "Use POST", 3)
        count_request()
        return tokens.issue(request)

    return answer(work)
