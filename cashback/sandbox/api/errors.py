"""Admitad's refusals: an HTTP status and one of its seven error codes."""

from typing import Any


class ApiError(Exception):
    def __init__(self, status: int, error: str, description: str, code: int) -> None:
        super().__init__(description)
        self.status = status
        self.body: dict[str, Any] = {"error": error, "error_description": description, "error_code": code}


def bad_request(description: str) -> ApiError:
    return ApiError(400, "invalid_request", description, 3)


def not_found(description: str) -> ApiError:
    return ApiError(404, "not_found", description, 3)
