"""Logs as one JSON object a line, each with the id of the request that caused it."""

import json
import logging
import re
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")

# What stands behind these is a key: whoever reads the logs must not be able to post or to leave in another's name.
_SECRET_PATH = re.compile(r"/(postback|go|out|unsubscribe|checklist|rate|support/mail)/[^\s/?#\"'<>]+")
_SECRET_WORD = re.compile(r"([?&]token=)[^\s&#\"'<>]+")


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": _without_secrets(record.getMessage()),
        }
        if getattr(record, "request_id", ""):
            line["request_id"] = record.request_id
        if record.exc_info:
            line["traceback"] = _without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _without_secrets(text: str) -> str:
    return _SECRET_WORD.sub(r"\1…", _SECRET_PATH.sub(r"/\1/…", text))
