"""Who a claim brings together: the shopper who misses a purchase, and the staff who answer. All over HTTP."""

import csv
import io
import re
from urllib.parse import urljoin, urlsplit

import requests
from PIL import Image, ImageDraw

from tests.journeys.city import City
from tests.journeys.forms import TIMEOUT, send

_CASE = re.compile(r"/admin/desk/ticket/[0-9a-f-]{36}/change/")


def receipt(order: str) -> dict[str, tuple[str, bytes]]:
    """A photograph of the shop's receipt, as a form takes it."""
    paper, written = Image.new("RGB", (320, 120), "white"), io.BytesIO()
    ImageDraw.Draw(paper).text((20, 50), f"No. {order}, paid", fill="black")
    paper.save(written, "PNG")
    return {"files": ("receipt.png", written.getvalue())}


class Claimant:
    """A shopper of Acorn's whom nobody has seen before, who reads English and, with an address, mail."""

    def __init__(self, city: City, name: str, *, address: str = "") -> None:
        self.city, self.name = city, name
        self.visitor = city.visitor(name, partner="acorn")
        self.browser, self.shop = self.visitor.browser, city.partner("acorn")["plain_merchant"]
        self.send("me/profile/", "/me/profile/", language="en")
        if address:
            self._give_address(address)

    def _give_address(self, address: str) -> None:
        asked = self.send("me/profile/", "/me/profile/email/", email=address)
        [code] = self.city.eventually(lambda: [letter["code"] for letter in self.city.letters(to=address)])
        told = send(self.browser, asked, urlsplit(asked.url).path, code=code)
        assert told.status_code == 200 and address in told.text, told.text[-3000:]

    def look(self, path: str) -> requests.Response:
        answer = self.browser.get(urljoin(self.visitor.storefront, path), timeout=TIMEOUT)
        assert answer.status_code == 200, f"{answer.url} answered {answer.status_code}"
        return answer

    def send(self, path: str, to: str, **filled: object) -> requests.Response:
        answer = send(self.browser, self.look(path), to, **filled)
        assert answer.status_code == 200, f"{answer.url} answered {answer.status_code}: {answer.text[-3000:]}"
        return answer

    def buy_unseen(self, *, cart: str) -> str:
        """Buys where the trip has been forgotten on the way to the till; the click's sub-id."""
        shop = self.visitor.click_out(self.shop)
        thanks = send(self.browser, shop, "/buy", cart=cart, admitad_uid="")
        assert thanks.status_code == 200 and "order-id" not in thanks.text
        [ref] = {found for step in shop.history for found in re.findall(r"subid4=([0-9a-z]{26})", step.url)}
        assert self.city.actions(click_ref=ref) == []
        return ref

    def wait(self, *, days: int) -> None:
        """As many days have gone by since the shopper's trips."""
        self.city.change(
            "UPDATE transactions_click SET created_at = created_at - %s * interval '1 day' "
            "WHERE shopper_id = (SELECT id FROM partners_shopper WHERE external_id = %s)",
            days,
            self.name,
        )

    def claim(self, click_ref: str, *, order: str, amount: str, files: dict | None = None) -> str:
        """From the trip's own line among the trips; the claim's number."""
        [link] = re.findall(rf'href="([^"]*/claims/new/clk_{click_ref}/)"', self.look("me/trips/").text)
        answer = self.send(link, link, files=files, order_no=order, order_amount=amount)
        return self._number(answer)

    def claim_about(self, purchase: str, *, text: str) -> str:
        [link] = re.findall(r'href="([^"]*/claim/)"', self.look(f"me/purchases/{purchase}/").text)
        return self._number(self.send(link, link, text=text))

    def purchases(self) -> list[str]:
        """The public ids of their purchases, as their page shows them."""
        return list(dict.fromkeys(re.findall(r"/me/purchases/(txn_[0-9a-z]+)/", self.look("me/").text)))

    @staticmethod
    def _number(answer: requests.Response) -> str:
        found = re.search(r"/me/claims/(C-\d+)/$", answer.url)
        assert found, answer.url
        return found[1]

    def add(self, number: str, files: dict) -> None:
        self.send(f"me/claims/{number}/", "/say/", files=files)

    def stage(self, number: str) -> str:
        """Where the claim stands, as its page says in its head."""
        badge = re.search(
            r'<span class="badge[^"]*">(.*?)</span>', self.look(f"me/claims/{number}/").text, re.S
        )
        return re.sub(r"<.*?>", "", badge[1], flags=re.S).strip()

    @property
    def wallet(self) -> int:
        return self.city.wallet(self.name, partner="acorn")


class Colleague:
    """A member of staff, signed in at the admin."""

    def __init__(self, city: City, username: str) -> None:
        self.city, self.browser = city, requests.Session()
        self.browser.trust_env = False
        staff = city.facts["staff"] | {"admin": city.facts["admin"]}
        page = self.look("login/")
        answer = send(
            self.browser, page, "/admin/login/", username=username, password=staff[username]["password"]
        )
        assert "/login/" not in answer.url, f"{username} is not let in"

    def look(self, path: str) -> requests.Response:
        answer = self.browser.get(urljoin(f"{self.city.web}/admin/", path), timeout=TIMEOUT)
        assert answer.status_code == 200, f"{answer.url} answered {answer.status_code}"
        return answer

    def send(self, path: str, to: str, *, files: dict | None = None, **typed: object) -> requests.Response:
        """The form on that page which goes there, filled in and taken."""
        answer = send(self.browser, self.look(path), to, files=files, **typed)
        said = re.findall(r'class="(?:errorlist|errornote)[^"]*".*?</(?:ul|p|div)>', answer.text, re.S)
        assert answer.status_code == 200 and not said, f"{answer.url} answered {answer.status_code}: {said}"
        return answer

    def case(self, number: str) -> str:
        """The address of the claim's case, found by its number."""
        [found] = set(_CASE.findall(self.look(f"desk/ticket/?q={number}").text))
        return found

    def do(self, number: str, action: str, **typed: object) -> None:
        self.send(self.case(number), f"/do/{action}/", **typed)

    def rows_of(self, batch: requests.Response) -> list[dict[str, str]]:
        """The file of the batch whose page that is."""
        [link] = re.findall(r'href="([^"]*/file/)"', batch.text)
        return list(csv.DictReader(io.StringIO(self.look(link).content.decode("utf-8-sig")), delimiter=";"))

    def insist(self, number: str, action: str) -> requests.Response:
        """The action is sent though the page offers it no longer."""
        case = self.case(number)
        page = self.look(case)
        assert f"/do/{action}/" not in page.text
        token = self.browser.cookies["csrftoken"]
        to = urljoin(page.url, case.replace("change/", f"do/{action}/"))
        return self.browser.post(to, data={"csrfmiddlewaretoken": token}, timeout=TIMEOUT)
