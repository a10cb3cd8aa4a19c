import pytest

from cashback.lib.admin import list_of, page_of
from offers.networks import services as networks
from offers.networks.models import InboundMessage
from tests import make
from tests.admin.conftest import messages_of
from transactions import services
from transactions.intake import inbox
from transactions.models import Transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper_account(paper):
    return make.account(network="paper", name="Paper account")


@pytest.fixture
def parked(paper_account, at):
    """A message that could not be understood when it came."""
    query = "sub=&note=%3Cscript%3Ealert(1)%3C/script%3E"
    received = networks.receive(
        token=paper_account.postback_token,
        method="POST",
        content_type="text/html",
        query=query,
        body=b"<script>alert(2)</script>\x00\xff",
        at=at,
    )
    inbox.process(message_id=received, at=at)
    return InboundMessage.objects.get(parked_at=at)


def test_a_replayed_message_is_processed_as_if_it_were_new(support, paper, paper_account, alice, at):
    trip = make.click(by=alice, on=make.offer(at=paper_account))
    sub = trip.public_id.removeprefix("clk_")
    received = networks.receive(
        token=paper_account.postback_token, method="GET", content_type="", query=f"sub={sub}", body=b"", at=at
    )
    InboundMessage.objects.update(parked_at=at, error="no adapter knew it", attempts=7)
    paper.sales = [make.sale(click_ref=sub)]

    page = support.post(page_of(InboundMessage, received).replace("change", "replay"), follow=True)
    message = InboundMessage.objects.get()
    inbox.process(message_id=received, at=message.next_attempt_at)

    assert messages_of(page) == ["The message waits for processing again."]
    assert (message.parked_at, message.error, message.attempts) == (None, "", 0)
    assert Transaction.objects.get().shopper == alice
    assert InboundMessage.objects.get().processed_at is not None


def test_many_messages_are_replayed_at_once(support, paper_account, at):
    for number in range(3):
        networks.receive(
            token=paper_account.postback_token,
            method="GET",
            content_type="",
            query=f"a={number}",
            body=b"",
            at=at,
        )
    InboundMessage.objects.update(parked_at=at, error="?")
    chosen = InboundMessage.objects.order_by("pk")[:2]

    page = support.post(
        list_of(InboundMessage),
        {"action": "replay_all", "_selected_action": [str(message.pk) for message in chosen]},
        follow=True,
    )

    assert messages_of(page) == ["2 messages wait for processing again."]
    assert InboundMessage.objects.waiting().count() == 2


def test_a_message_is_shown_as_it_was_sent_and_runs_nothing(support, parked):
    page = support.get(page_of(InboundMessage, parked.pk)).content.decode()

    assert "<script>alert(" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;\\x00\\xff" in page
    assert "neither a form nor a JSON object" in page


@pytest.mark.parametrize(
    ("state", "count"), [("parked", 1), ("waiting", 0), ("processed", 0), ("rubbish", 1)]
)
def test_messages_are_listed_by_their_state(support, parked, state, count):
    page = support.get(list_of(InboundMessage, state=state))

    assert len(page.context["cl"].result_list) == count


def test_who_may_only_look_replays_nothing(client, sam, parked):
    client.force_login(sam)

    assert client.post(page_of(InboundMessage, parked.pk).replace("change", "replay")).status_code == 403
    assert InboundMessage.objects.parked().count() == 1


def receive(account, query: str, *, at) -> InboundMessage:
    received = networks.receive(
        token=account.postback_token, method="GET", content_type="", query=query, body=b"", at=at
    )
    return InboundMessage.objects.get(pk=received)


@pytest.mark.parametrize("named", ["sub", "sale"])
def test_a_message_leads_to_the_purchase_it_was_about(support, paper, paper_account, alice, at, named):
    sub = make.click(by=alice, on=make.offer(at=paper_account)).public_id.removeprefix("clk_")
    sale = make.sale(click_ref=sub)
    purchase = services.record(sale=sale, account=paper_account, via="postback", at=at).transaction
    names = {"sub": sub, "sale": sale.external_id}
    message = receive(paper_account, f"{named}={names[named]}", at=at)

    page = support.get(page_of(InboundMessage, message.pk)).content.decode()

    assert page_of(Transaction, purchase.pk) in page


@pytest.mark.parametrize("query", ["sub=rubbish", "sale=%00", "sale=1", "note=1", ""])
def test_a_message_about_nothing_we_know_leads_nowhere(support, paper, paper_account, purchase, at, query):
    message = receive(paper_account, query, at=at)

    page = support.get(page_of(InboundMessage, message.pk))

    assert page.status_code == 200
    assert page_of(Transaction, purchase.pk) not in page.content.decode()


def test_the_next_attempt_is_shown_while_there_is_one(support, paper, paper_account, at):
    message = receive(paper_account, "sale=1", at=at)
    waiting = support.get(page_of(InboundMessage, message.pk)).content.decode()
    InboundMessage.objects.update(processed_at=at)
    done = support.get(page_of(InboundMessage, message.pk)).content.decode()

    assert ("Next attempt" in waiting, "Next attempt" in done) == (True, False)
