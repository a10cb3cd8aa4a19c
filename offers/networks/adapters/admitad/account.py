"""An Admitad account over HTTP: its token, its pace, its pages and its error codes."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from cashback.lib.http import Refused, Unavailable, Upload
from offers.networks.base import Http, TokenStore, Unreadable
from offers.networks.fields import Fields
from offers.networks.pace import Pace

SCOPES = "advcampaigns_for_website coupons_for_website private_data public_data statistics websites"
# Given only to accounts that have accepted the terms of lost orders; without them all the rest works as ever.
CLAIM_SCOPES = "lost_orders manage_lost_orders"
PAGE_SIZE = 500
REQUESTS_PER_MINUTE = 600

Params = Sequence[tuple[str, str]]
Answer = TypeVar("Answer")

_ASKED = f"{SCOPES} {CLAIM_SCOPES}"

# Error codes of the API (developers.admitad.com, "Error codes"): they come in the body, mostly with a 401.
_EXPIRED, _BAD_TOKEN, _NO_SCOPE, _TOO_FAST, _TOO_MANY_TOKENS = 0, 1, 2, 4, 6
_UNKNOWN_SCOPE = "invalid_scope"  # RFC 6749 §5.2
_A_MINUTE, _AN_HOUR = 60.0, 3600.0


class QuestionRefused(Refused):
    """The API takes the question amiss (400), which says nothing against the account that asked it."""


@cache
def _pace(base_url: str, client_id: str) -> Pace:
    return Pace(
        REQUESTS_PER_MINUTE - 10
    )  # a little below, for two minutes' edges never agree to the millisecond


@dataclass(frozen=True, slots=True)
class _Token:
    client_id: str
    # What it was asked for: a token of an older release, which asked for less, is not used.
    scopes: str
    access_token: str
    refresh_token: str
    refresh_at: str
    expires_at: str


class Account:
    """Asks one account's API. `base_url` ends without a slash, paths begin and end with one."""

    most_pages = 2000
    most_readings = 5

    def __init__(
        self,
        *,
        credentials: Mapping[str, str],
        base_url: str,
        http: Http,
        tokens: TokenStore,
        clock: Callable[[], datetime],
    ) -> None:
        self._client_id = credentials["client_id"]
        self._client_secret = credentials["client_secret"]
        self._base_url = base_url.rstrip("/")
        self._http = http
        self._tokens = tokens
        self._clock = clock
        self.pace = _pace(self._base_url, self._client_id)

    def get(self, path: str, *, scope: str, params: Params = ()) -> Any:
        """The JSON at `path`. A dead token is replaced once; `scope` is named when the account lacks it."""
        return self._with_token(path, scope, lambda token: self._get(path, token, params))

    def post(
        self, path: str, *, scope: str, data: Mapping[str, str], files: Mapping[str, Upload] | None = None
    ) -> Any:
        """The JSON that answers a form. Sent again only where a dead token kept it from being read at all."""

        def send(token: str) -> Any:
            self.pace.wait()
            headers = {"Authorization": f"Bearer {token}"}
            return self._http.post_json(f"{self._base_url}{path}", data=data, headers=headers, files=files)

        return self._with_token(path, scope, send)

    def delete(self, path: str, *, scope: str) -> None:
        def send(token: str) -> None:
            self.pace.wait()
            self._http.delete(f"{self._base_url}{path}", headers={"Authorization": f"Bearer {token}"})

        self._with_token(path, scope, send)

    def rows(self, path: str, *, scope: str, params: Params = ()) -> Iterator[Any]:
        """Every row of a list, to the last page. A row that changes while we read comes again.

        Rows move between pages while a list is read, and one may slip through. So a list that gave fewer rows
        than it counted at any page is read again, until it is whole or brings nothing new.
        """
        seen: dict[str, int] = {}
        for _ in range(self.most_readings):
            known, listed, counts = len(seen), set(), set()
            for rows, count in self._pages(path, scope, params):
                counts.add(count)
                for row in rows:
                    key, mark = _identity(row), hash(repr(row))
                    listed.add(key)
                    if seen.get(key) != mark:
                        seen[key] = mark
                        yield row
            if len(listed) >= max(counts) or len(seen) == known > 0:
                return
        raise Unavailable(f"Admitad's {path} counts {max(counts)} rows and gave {len(listed)}.")

    def sign_in(self) -> str:
        """A new access token for the client's id and secret, whatever is kept. An account that may not claim gets one
        for everything else."""
        basic = b64encode(f"{self._client_id}:{self._client_secret}".encode()).decode()
        header = {"Authorization": f"Basic {basic}"}
        form = {"grant_type": "client_credentials", "client_id": self._client_id}
        try:
            try:
                return self._ask_token(form | {"scope": _ASKED}, header)
            except Refused as refusal:
                if _UNKNOWN_SCOPE not in refusal.body:
                    raise
            return self._ask_token(form | {"scope": SCOPES}, header)
        except Refused as refusal:
            raise _explained(refusal, "/token/", SCOPES) from refusal

    def _with_token(self, path: str, scope: str, ask: Callable[[str], Answer]) -> Answer:
        token = self._token()
        try:
            return ask(token)
        except Refused as refusal:
            if refusal.status != 401 or _code(refusal) not in (_EXPIRED, _BAD_TOKEN, None):
                raise _explained(refusal, path, scope) from refusal
        token = self._token(dead=token)
        try:
            return ask(token)
        except Refused as refusal:
            raise _explained(refusal, path, scope) from refusal

    def _pages(self, path: str, scope: str, params: Params) -> Iterator[tuple[list[Any], int]]:
        """Pages of rows, each with the number of rows that the whole list counts at that moment."""
        offset, before = 0, None
        for _ in range(self.most_pages):
            paging = [("limit", str(PAGE_SIZE)), ("offset", str(offset))]
            answer = self.get(path, scope=scope, params=[*params, *paging])
            if isinstance(answer, list):  # some lists come bare, and then whole
                yield answer, len(answer)
                return
            page = Fields(answer, path)
            rows, meta = page.items("results"), page.one("_meta")
            if rows and rows == before:
                raise Unavailable(f"Admitad's {path} gives the same page again.")
            count = meta.whole_or_none("count") or 0
            yield rows, count
            # The limit that was applied, not the length of the page: a row may come twice on one page.
            offset, before = offset + (meta.whole_or_none("limit") or PAGE_SIZE), rows
            if not rows or offset >= count:
                return
        raise Unavailable(f"Admitad's {path} does not end after {self.most_pages} pages.")

    def _get(self, path: str, token: str, params: Params) -> Any:
        self.pace.wait()
        try:
            return self._http.get_json(
                f"{self._base_url}{path}", params=params, headers={"Authorization": f"Bearer {token}"}
            )
        except Unavailable as error:
            if error.status == 503 and error.retry_after is None:  # how Admitad says "slow down"
                error.retry_after = _A_MINUTE
            raise

    def _token(self, *, dead: str = "") -> str:
        kept = self._kept()
        if kept is None or kept.access_token == dead:
            return self.sign_in()
        if self._clock() < datetime.fromisoformat(kept.refresh_at):
            return kept.access_token
        # A refresh token dies when it is used, perhaps by another process: then sign in anew.
        with suppress(Refused):
            return self._ask_token(
                {
                    "grant_type": "refresh_token",
                    "client_id": self._client_id,
                    "client_secret": self._client_secret,
                    "refresh_token": kept.refresh_token,
                }
            )
        return self.sign_in()

    def _ask_token(self, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> str:
        self.pace.wait()
        asked_at = self._clock()
        answer = Fields(self._http.post_json(f"{self._base_url}/token/", data=form, headers=headers), "token")
        seconds = answer.whole_or_none("expires_in")
        if not seconds or seconds < 0:
            raise answer.unreadable("expires_in", "is not a lifetime in seconds")
        lifetime = timedelta(seconds=seconds)
        token = _Token(
            client_id=self._client_id,
            scopes=_ASKED,
            access_token=answer.text("access_token"),
            refresh_token=answer.text_or_blank("refresh_token"),
            refresh_at=(asked_at + lifetime - min(lifetime / 10, timedelta(days=1))).isoformat(),
            expires_at=(asked_at + lifetime).isoformat(),
        )
        self._tokens.save(json.dumps(asdict(token)))
        return token.access_token

    def _kept(self) -> _Token | None:
        """The token in the store, unless it belongs to other credentials or to another release of this
        file."""
        try:
            token = _Token(**json.loads(self._tokens.load() or "{}"))
        except (TypeError, ValueError):
            return None
        is_ours = (token.client_id, token.scopes) == (self._client_id, _ASKED)
        return token if is_ours else None


def _identity(row: Any) -> str:
    if isinstance(row, Mapping) and (name := row.get("id", row.get("action_id"))) is not None:
        return str(name)
    return repr(row)


def _code(refusal: Refused) -> int | None:
    try:
        return Fields(json.loads(refusal.body)).whole_or_none("error_code")
    except (ValueError, Unreadable):
        return None


def _explained(refusal: Refused, path: str, scope: str) -> Refused | Unavailable:
    """The refusal in words that tell staff what to do, or `Unavailable` when waiting is all there is to
    do."""
    code = _code(refusal)
    if code == _TOO_FAST:
        return Unavailable("Admitad asks us to slow down.", status=refusal.status, retry_after=_A_MINUTE)
    if code == _TOO_MANY_TOKENS:
        return Unavailable(
            "Admitad has given out too many tokens for these credentials.",
            status=refusal.status,
            retry_after=_AN_HOUR,
        )
    if code == _NO_SCOPE:
        what = f"Admitad does not grant these credentials the scope {scope}, which {path} needs."
    elif path == "/token/":
        what = "Admitad does not accept this client id and secret."
    else:
        what = f"Admitad refused {path} ({refusal.status})."
        if refusal.status == 400 and code not in (_EXPIRED, _BAD_TOKEN):
            return QuestionRefused(what, status=refusal.status, body=refusal.body)
    return Refused(what, status=refusal.status, body=refusal.body)
