"""`manage.py refresh_offers`, and the tasks that the beat rings."""

import io

import pytest
from django.core.management import CommandError, call_command

from cashback.lib.http import Unavailable
from offers import tasks
from offers.models import Offer
from tests import make
from tests.elsewhere import held_elsewhere
from tests.offers import listing


@pytest.fixture
def account(db, paper):
    paper.offers = [listing.offer("1"), listing.offer("2")]
    return make.account(network="paper", name="Paper in roubles")


def _refresh(*accounts: str) -> str:
    out = io.StringIO()
    call_command("refresh_offers", *accounts, no_logos=True, stdout=out, stderr=out)
    return out.getvalue()


def test_command_refreshes_every_working_account_and_shows_what_changed(account):
    make.account(network="paper", name="Stopped", is_active=False)
    line = next(line for line in _refresh().splitlines() if line.startswith("Paper in roubles"))
    assert line.split()[3:] == ["2", "2", "0", "0", "2", "0", "0"]
    assert Offer.objects.count() == 2


def test_command_refreshes_the_named_account_alone(account):
    make.account(network="paper", name="Another")
    _refresh("Another")
    assert set(Offer.objects.values_list("account__name", flat=True)) == {"Another"}


def test_command_refuses_an_unknown_name_before_it_reads_anything(account):
    with pytest.raises(CommandError, match="Nobody"):
        _refresh("Paper in roubles", "Nobody")
    assert not Offer.objects.exists()


def test_one_failing_account_fails_the_command_after_the_others_are_done(account, paper):
    unknown = make.account(network="admitad", name="Broken", base_url="http://localhost:1")
    with pytest.raises(CommandError, match=unknown.name):
        _refresh()
    assert Offer.objects.filter(account=account).count() == 2


def test_task_refreshes_one_account(account):
    tasks.refresh_offers(id=str(account.pk))
    assert Offer.objects.count() == 2


def test_task_that_finds_a_refresh_running_leaves_it_alone(account):
    with held_elsewhere(f"refresh:{account.pk}"):
        tasks.refresh_offers(id=str(account.pk))
    assert not Offer.objects.exists()


def test_task_that_fails_lets_the_next_one_in(account, paper):
    paper.error = Unavailable("Later, please.")
    with pytest.raises(Unavailable):
        tasks.refresh_offers.run(id=str(account.pk))
    paper.error = None
    tasks.refresh_offers(id=str(account.pk))
    assert Offer.objects.count() == 2
