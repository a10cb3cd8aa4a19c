"""Whatever is posted, in whatever order: no money appears or is lost, and balances are their transfers."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transactions.ledger.models import Transfer
from transactions.ledger.services import KeyReused, Overdrawn, balance, post, totals, verify

ACCOUNTS = 5
MOVES = st.tuples(
    st.integers(0, ACCOUNTS - 1),
    st.integers(1, ACCOUNTS - 1),  # how far on from the source: never the source itself
    st.integers(1, 50),
    st.integers(0, 12),  # keys collide on purpose
)
BATCHES = st.lists(st.tuples(st.integers(0, 1), st.lists(MOVES, min_size=1, max_size=5)), max_size=8)


class Model:
    """The same rules on a dict: what each key moved, and what each account holds."""

    def __init__(self, guarded: set) -> None:
        self.guarded = guarded
        self.held: Counter = Counter()
        self.keys: dict[str, tuple] = {}

    def accepts(self, postings) -> bool:
        """Applies the batch whole, or nothing of it."""
        keys, held = dict(self.keys), Counter(self.held)
        for posting in postings:
            facts = (posting.source.pk, posting.target.pk, posting.amount)
            if posting.key not in keys:
                held[posting.source.pk] -= posting.amount
                held[posting.target.pk] += posting.amount
            if keys.setdefault(posting.key, facts) != facts:
                return False
        if any(held[account] < 0 for account in self.guarded):
            return False
        self.keys, self.held = keys, held
        return True


def postings_of(books, accounts, moves):
    return [
        books.posting(
            accounts[source], accounts[(source + step) % ACCOUNTS], amount, key=f"{books.partner_id} {key}"
        )
        for source, step, amount, key in moves
    ]


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES)
def test_any_history_sums_to_zero_and_balances_are_their_transfers(new_books, batches):
    partners = [new_books("RUB"), new_books("USD")]
    accounts = {
        books: [books.network, books.partner, books.margin, books.shopper, books.open_guarded()]
        for books in partners
    }
    model = Model(guarded={accounts[books][-1].pk for books in partners})

    for partner, moves in batches:
        books = partners[partner]
        postings = postings_of(books, accounts[books], moves)
        if model.accepts(postings):
            assert [made.key for made in post(postings=postings)] == [posting.key for posting in postings]
        else:
            with pytest.raises((KeyReused, Overdrawn)):
                post(postings=postings)

    for books in partners:
        assert totals(partner_id=books.partner_id) == {books.currency: 0}
        for account in accounts[books]:
            assert balance(account=account) == model.held[account.pk]
    made = Transfer.objects.filter(partner_id__in=[books.partner_id for books in partners])
    assert {transfer.key for transfer in made} == set(model.keys)
    assert verify() == []
