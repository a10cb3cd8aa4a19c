"""Staff read what happened in words and figures, not in the database's own."""

import re

import pytest

from cashback.lib.admin import list_of, page_of
from partners.models import OutboxEvent
from transactions.ledger.models import Transfer
from transactions.models import Transaction, UnattributedSale

pytestmark = pytest.mark.django_db
IN_RUSSIAN = {"accept-language": "ru"}


def test_an_event_is_readable_in_the_outbox(root, acorn):
    event = OutboxEvent.objects.create(
        partner=acorn.partner,
        type="shop.opened",
        subject_id=acorn.pk,
        payload={"shop": "Чай & Ко"},
        occurred_at=acorn.created_at,
    )

    page = root.get(page_of(OutboxEvent, event.pk)).content.decode()

    assert "{\n &quot;shop&quot;: &quot;Чай &amp; Ко&quot;\n}" in page


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
