"""Staff read what happened in words and figures, not in the database's own."""

import re

import pytest
from django.conf import settings

from cashback.lib.admin import list_of, page_of
from partners.models import OutboxEvent
from partners.notices import services
from partners.notices.admin import KINDS
from partners.notices.models import Letter
from transactions.ledger.models import Transfer
from transactions.models import Transaction, UnattributedSale

pytestmark = pytest.mark.django_db
IN_RUSSIAN = {"accept-language": "ru"}


def _happened(storefront, kind: str, **payload: str) -> OutboxEvent:
    return OutboxEvent.objects.create(
        partner=storefront.partner,
        type=kind,
        subject_id=storefront.pk,
        payload=payload,
        occurred_at=storefront.created_at,
    )


def test_an_event_is_readable_in_the_outbox(root, acorn):
    event = _happened(acorn, "shop.opened", shop="Чай & Ко")

    page = root.get(page_of(OutboxEvent, event.pk)).content.decode()

    assert "{\n &quot;shop&quot;: &quot;Чай &amp; Ко&quot;\n}" in page


def test_events_are_listed_by_what_happened(root, acorn):
    _happened(acorn, "transaction.approved")
    _happened(acorn, "shop.opened")

    page = root.get(list_of(OutboxEvent), headers=IN_RUSSIAN).content.decode()

    assert ">покупка подтверждена<" in page
    # One of former days, which nobody has put into words.
    assert ">shop.opened<" in page


def test_every_letter_has_a_name():
    folders = {each.name for each in (settings.BASE_DIR / "templates" / "emails").iterdir() if each.is_dir()}

    # An answer of support is told of by its ticket.
    assert set(KINDS) == folders - {"support_answer"}


def test_letters_are_listed_and_narrowed_by_what_they_are_about(root, acorn, at):
    for kind in ("purchases", "sign_in_code"):
        services.post(storefront=acorn, to="alice@example.com", language="ru", letter=kind, context={}, at=at)

    page = root.get(list_of(Letter, letter="sign_in_code"), headers=IN_RUSSIAN).content.decode()

    assert re.findall(r'class="field-kind [^>]*>([^<]*)<', page) == ["код для входа"]
    assert 'title="новости о покупках"' in page


def test_the_latest_word_on_a_sale_is_readable(support, waiting_sale):
    UnattributedSale.objects.update(word={**waiting_sale.word, "rate_name": "Заказ"})

    page = support.get(page_of(UnattributedSale, waiting_sale.pk)).content.decode()

    assert "<details><summary" in page
    assert "&quot;rate_name&quot;: &quot;Заказ&quot;" in page


def test_a_transfers_reason_is_said_in_the_readers_language(support, purchase):
    transfer = Transfer.objects.filter(subject_id=purchase.pk).first()
    addresses = [page_of(Transfer, transfer.pk), list_of(Transfer), page_of(Transaction, purchase.pk)]
    pages = [support.get(address, headers=IN_RUSSIAN).content.decode() for address in addresses]

    assert [(bool(re.search(r">\s*approved\s*<", page)), "подтвержд" in page.lower()) for page in pages] == [
        (False, True)
    ] * 3
