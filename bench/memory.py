"""The limit: the server alone, handing out what it holds in memory, with neither Django nor a database behind it."""

import os
from pathlib import Path

_HEADERS = [("Content-Type", "text/html; charset=utf-8")]
_PAGE = Path(os.environ["PAGE_FILE"]).read_bytes() if "PAGE_FILE" in os.environ else b""


def application(environ, start_response):
    if environ["PATH_INFO"].startswith("/go/"):
        start_response("302 Found", [("Location", "https://shop.example/"), ("Content-Length", "0")])
        return [b""]
    start_response("200 OK", [*_HEADERS, ("Content-Length", str(len(_PAGE)))])
    return [_PAGE]
