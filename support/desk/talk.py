"""What is said in a conversation: by the shopper, by people of ours, by the service itself."""

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cashback.lib import doorbell
from cashback.lib.errors import DomainError
from support.clocks import services as clocks
from support.clocks.models import Metric
from support.desk import listeners, people, rows, thanks, tickets
from support.desk.models import (
    Agent,
    Attachment,
    Author,
    Channel,
    Direction,
    Draft,
    MacroVersion,
    Mention,
    Message,
    StoredFile,
    Ticket,
    TicketEvent,
    TicketStatus,
)

_Kind = TicketEvent.Kind
LONGEST_TEXT = 20_000
_MOST_NAMED = 20
_NAMED = re.compile(r"(?<![\w@])@([\w.+-]{1,150})")


class NothingSaid(DomainError):
    """A message of ours needs words."""

    code = "nothing_said"


class Conflict(DomainError):
    """Somebody else has written since; nothing was sent. `theirs` are the messages since, `draft` is what was to be
    sent, kept."""

    code = "conflict"

    def __init__(self, theirs: list[Message], draft: Draft) -> None:
        super().__init__(
            _("Somebody has written meanwhile. Your answer is kept: read theirs, then send or drop it.")
        )
        self.theirs, self.draft = theirs, draft


def plain(text: str) -> str:
    """The text as it is kept."""
    return rows.storable(text)[:LONGEST_TEXT]


def write_down(
    ticket: Ticket,
    *,
    text: str,
    channel: str,
    at: datetime,
    html: str = "",
    message_id: str = "",
    in_reply_to: str = "",
    files: Sequence[StoredFile] = (),
    direction: Direction = Direction.IN,
    author: Author = Author.SHOPPER,
    agent: Agent | None = None,
    is_internal: bool = False,
    macro_version: MacroVersion | None = None,
) -> Message:
    message = Message.objects.create(
        partner_id=ticket.partner_id,
        ticket=ticket,
        cycle=ticket.cycle,
        direction=direction,
        is_internal=is_internal,
        author=author,
        agent=agent,
        channel=channel,
        text=plain(text),
        html=rows.storable(html),
        message_id=rows.storable(message_id)[:250],
        in_reply_to=rows.storable(in_reply_to)[:250],
        macro_version=macro_version,
        created_at=at,
    )
    Attachment.objects.bulk_create(
        [Attachment(partner_id=ticket.partner_id, message=message, file=file) for file in files],
        ignore_conflicts=True,
    )
    return message


@transaction.atomic
def hear(
    *,
    ticket: Ticket,
    text: str,
    channel: Channel,
    at: datetime,
    html: str = "",
    message_id: str = "",
    in_reply_to: str = "",
    files: Sequence[StoredFile] = (),
) -> Message:
    """The shopper wrote: it is kept, and owed an answer from the earliest word that has none. A bare "thanks" after the
    end, or while the network is waited for, asks for nothing; anything else does. In a merged ticket the word goes to
    the one that it was merged into."""
    locked = tickets.lock_target(ticket.pk)
    is_thanks = not files and not (html and not plain(text)) and thanks.is_bare(text)
    message = write_down(
        locked,
        text=text,
        html=html,
        channel=channel,
        message_id=message_id,
        in_reply_to=in_reply_to,
        files=files,
        at=at,
    )
    rows.note_event(locked, _Kind.WROTE, at=at, message=str(message.pk), is_thanks=is_thanks)
    locked.last_customer_at = at
    if is_thanks and _asks_nothing(locked, text):
        rows.save(locked, at=at, shown=ticket)
        return message
    if locked.is_solved:
        tickets._reopen(locked, at=at)
        # The new cycle's words are those from here on.
        Message.objects.filter(pk=message.pk).update(cycle=locked.cycle)
    elif rows.waits_elsewhere(locked.status):
        tickets._our_turn(locked, why="wrote", at=at)
    locked.snoozed_until = None
    if locked.needs_person:
        _owe(locked, at=at)
    rows.save(locked, at=at, shown=ticket)
    listeners.customer_word(locked, message, at)
    if locked.needs_person:
        doorbell.ring("support.tasks.keep_desk")
    return message


def _asks_nothing(locked: Ticket, text: str) -> bool:
    """What bare thanks are about. "OK" while we wait for the shopper is their answer, and thanks in the middle of an
    open question are read by whoever has it."""
    if locked.is_solved:
        return True
    return locked.status == TicketStatus.HOLD and locked.owed_since is None and thanks.thanks(text)


def _owe(locked: Ticket, *, at: datetime) -> None:
    """From the earliest unanswered word on: a second one never starts the clock again."""
    if locked.owed_since is not None:
        return
    locked.owed_since = at
    metric = Metric.FIRST_REPLY if locked.last_agent_at is None else Metric.NEXT_REPLY
    clocks.start(ticket_facts=rows.facts_of(locked), metric=metric, at=at)


@transaction.atomic
def _send(
    *,
    ticket: Ticket,
    agent: Agent,
    text: str,
    version: int,
    at: datetime,
    then: TicketStatus | None,
    macro_version: MacroVersion | None,
    files: Sequence[StoredFile],
) -> Message | list[Message]:
    """The message sent, or what others have written since the agent looked."""
    locked = rows.lock(ticket)
    tickets._refuse_merged(locked)
    if locked.version != version and (theirs := _since(locked, version, agent)):
        return theirs
    if locked.is_solved:
        tickets._reopen(locked, at=at)
    is_first = locked.last_agent_at is None
    owed, locked.owed_since, locked.last_agent_at = locked.owed_since, None, at
    message = write_down(
        locked,
        text=text,
        channel=locked.channel,
        direction=Direction.OUT,
        author=Author.AGENT,
        agent=agent,
        macro_version=macro_version,
        files=files,
        at=at,
    )
    if locked.assignee_id is None:
        tickets._give(locked, agent, by=agent, at=at)
    if locked.status == TicketStatus.NEW:
        locked.status = TicketStatus.OPEN
    clocks.meet(subject_id=locked.pk, metrics=[*rows.REPLIES, Metric.CUSTOMER_UPDATE], at=at)
    _note_reply(locked, message, is_first=is_first, owed=owed, at=at)
    Draft.objects.filter(ticket=locked, agent=agent).delete()
    rows.save(locked, at=at, shown=ticket)
    listeners.outgoing(message)
    if then is not None:
        tickets.set_status(ticket=ticket, status=then, agent=agent, at=at)
    return message


def _note_reply(
    locked: Ticket, said: Message, *, is_first: bool, owed: datetime | None, at: datetime
) -> None:
    rows.note_event(
        locked,
        _Kind.REPLIED,
        at=at,
        agent=said.agent,
        message=str(said.pk),
        is_first=is_first,
        waited_seconds=int((at - owed).total_seconds()) if owed else None,
        macro=str(said.macro_version.macro_id) if said.macro_version else None,
    )


def reply(
    *,
    ticket: Ticket,
    agent: Agent,
    text: str,
    version: int,
    at: datetime,
    then: TicketStatus | None = None,
    macro_version: MacroVersion | None = None,
    files: Sequence[StoredFile] = (),
) -> Message:
    """A person of ours answered, for the shopper to read; what was owed is answered. `version` is the ticket's as the
    agent saw it: raises Conflict where others have written since, with both texts kept."""
    if not plain(text):
        raise NothingSaid(_("Write an answer first."))
    sent = _send(
        ticket=ticket,
        agent=agent,
        text=text,
        version=version,
        at=at,
        then=then,
        macro_version=macro_version,
        files=files,
    )
    if isinstance(sent, Message):
        return sent
    draft = save_draft(ticket=ticket, agent=agent, text=text, version=version, at=at, is_conflicted=True)
    raise Conflict(sent, draft)


def _since(locked: Ticket, version: int, agent: Agent) -> list[Message]:
    """What others have said in public since that version: a colleague's answer contradicts, and what the shopper has
    added may change the answer. A note or a tag is nobody's contradiction."""
    words = locked.events.filter(kind__in=[_Kind.WROTE, _Kind.REPLIED], facts__version__gt=version)
    ids = [event.facts["message"] for event in words.exclude(agent=agent).order_by("pk")]
    return list(Message.objects.filter(pk__in=ids).in_order())


@transaction.atomic
def save_draft(
    *, ticket: Ticket, agent: Agent, text: str, version: int, at: datetime, is_conflicted: bool = False
) -> Draft:
    """What the agent is writing is kept, for this ticket; an empty text forgets it."""
    kept, _is_new = Draft.objects.update_or_create(
        ticket=ticket,
        agent=agent,
        defaults={
            "text": plain(text),
            "base_version": version,
            "is_conflicted": is_conflicted,
            "saved_at": at,
        },
    )
    return kept


def drop_draft(*, ticket: Ticket, agent: Agent) -> None:
    Draft.objects.filter(ticket=ticket, agent=agent).delete()


@transaction.atomic
def answer_by_itself(*, ticket: Ticket, text: str, at: datetime) -> Message:
    """The service told the shopper something. No person's clock stops for it; the promise to keep them told is met."""
    locked = rows.lock(ticket)
    message = write_down(
        locked, text=text, channel=locked.channel, direction=Direction.OUT, author=Author.SYSTEM, at=at
    )
    clocks.meet(subject_id=locked.pk, metrics=[Metric.CUSTOMER_UPDATE], at=at)
    rows.note_event(locked, _Kind.AUTO_REPLIED, at=at, message=str(message.pk))
    rows.save(locked, at=at, shown=ticket)
    listeners.outgoing(message)
    return message


@transaction.atomic
def note(
    *, ticket: Ticket, agent: Agent, text: str, at: datetime, files: Sequence[StoredFile] = ()
) -> Message:
    """Colleagues read it, shoppers never; whom it names with @ is told."""
    if not plain(text):
        raise NothingSaid(_("Write a note first."))
    locked = rows.lock(ticket)
    message = write_down(
        locked,
        text=text,
        channel=Channel.AGENT,
        direction=Direction.OUT,
        author=Author.AGENT,
        agent=agent,
        is_internal=True,
        files=files,
        at=at,
    )
    Mention.objects.bulk_create(
        [Mention(message=message, agent=each) for each in _named(text, agent, locked)]
    )
    rows.note_event(locked, _Kind.NOTED, at=at, agent=agent, message=str(message.pk))
    rows.save(locked, at=at, shown=ticket)
    return message


def _named(text: str, by: Agent, ticket: Ticket) -> list[Agent]:
    """The colleagues whom a note names: those who may read it. A full stop may end the sentence behind a name."""
    names = {name for found in _NAMED.findall(text) for name in (found, found.rstrip("."))}
    if not names:
        return []
    known = Agent.objects.filter(user__username__in=names, is_active=True).exclude(pk=by.pk)
    found = known.select_related("user").order_by("pk")[:_MOST_NAMED]
    return [each for each in found if people.may_work_for(each, ticket.partner_id)]
