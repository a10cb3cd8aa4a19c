"""What a letter does. Its From proves nothing, so it is heard in a conversation only if it answers a letter of ours
and comes from where that went; whatever else it is, it is told nothing, and a person reads it."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from support.desk import files
from support.desk import services as desk
from support.desk.models import Category, Channel, Message, StoredFile, Ticket
from support.mail import acknowledgement, bounces, guards, notes, parsing, quotes, routing, threads
from support.mail.guards import Writer
from support.mail.models import InboundMail, Outcome
from support.mail.parsing import Letter

_LONGEST_TEXT = 16_000
_MOST_FILES = 10
_OF_NO_QUESTION = (Writer.AUTO_REPLY, Writer.BULK)


class Parked(DomainError):
    """A person must look at the letter first; the message says why."""

    code = "parked"


def take(mail: InboundMail, *, at: datetime) -> None:
    """The letter is where it belongs, and `mail` says where. Raises DomainError for one that waits for a person."""
    letter = parsing.read(bytes(mail.raw))
    mail.sender, mail.subject, mail.text = letter.sender, letter.subject[:200], letter.text
    writer = guards.writer_of(letter, return_path=mail.return_path)
    if writer is Writer.POSTMAN:
        _take_report(mail, letter, at=at)
        return
    if why := guards.why_not_read(letter, mail=mail, at=at):
        raise Parked(why)
    recipients = [*mail.recipients, *letter.recipients]
    thread = threads.find(letter, recipients)
    if writer in (Writer.PERSON, Writer.SHY):
        if _is_repeat(mail, letter):
            mail.outcome = Outcome.REPEAT
        elif thread and thread.speaks:
            _hear(mail, letter, thread.ticket, at=at)
        else:
            _open(mail, letter, recipients, thread, writer, at=at)
    elif thread and thread.speaks:
        _note(mail, letter, thread.ticket, at=at)
    elif writer in _OF_NO_QUESTION:
        mail.outcome = Outcome.LEFT
    else:
        raise Parked("A program wrote it, and it belongs to no conversation.")


def _take_report(mail: InboundMail, letter: Letter, *, at: datetime) -> None:
    mail.message = bounces.take(letter, raw=bytes(mail.raw), at=at)
    mail.ticket = mail.message.ticket if mail.message else None
    mail.outcome = Outcome.BOUNCE if mail.message else Outcome.LEFT


def _is_repeat(mail: InboundMail, letter: Letter) -> bool:
    """The same letter by another way, such as to two of our addresses: heard already, and from the same sender."""
    if not letter.message_id:
        return False
    same = InboundMail.objects.filter(
        sender=letter.sender,
        message__message_id=letter.message_id,
        subject=mail.subject,
        text=letter.text,
    )
    heard = same.exclude(pk=mail.pk).select_related("ticket", "message").first()
    if heard is None:
        return False
    mail.ticket, mail.message = heard.ticket, heard.message
    return True


def _hear(mail: InboundMail, letter: Letter, ticket: Ticket, *, at: datetime) -> None:
    with translation.override(ticket.language):
        kept, refused = _keep_files(letter, ticket.partner_id, at=at)
        mail.message = desk.hear(
            ticket=ticket,
            text=_words(mail, letter, refused),
            channel=Channel.EMAIL,
            at=at,
            html=letter.html,
            message_id=_fresh_id(letter),
            in_reply_to=_answered(letter),
            files=kept,
        )
    mail.ticket, mail.outcome = mail.message.ticket, Outcome.HEARD


def _open(
    mail: InboundMail,
    letter: Letter,
    recipients: list[str],
    thread: threads.Thread | None,
    writer: Writer,
    *,
    at: datetime,
) -> None:
    """A ticket of its own; if it answers somebody else's conversation, staff are told of that and the writer is not."""
    storefront = thread.ticket.storefront if thread else routing.storefront_of(letter, recipients)
    if storefront is None:
        raise Parked("It names no storefront that we know, and its sender is nobody's shopper.")
    shopper = routing.shopper_of(storefront, letter.sender)
    language = routing.language_of(f"{letter.subject}\n{letter.text}", shopper=shopper, storefront=storefront)
    with translation.override(language):
        kept, refused = _keep_files(letter, storefront.partner_id, at=at)
        ticket = desk.open_ticket(
            storefront=storefront,
            shopper=shopper,
            subject=letter.subject[:200] or _("(no subject)"),
            text=_words(mail, letter, refused),
            channel=Channel.EMAIL,
            category=Category.OTHER,
            language=language,
            at=at,
            requester_email=letter.sender,
            requester_name=letter.sender_name,
            files=kept,
            html=letter.html,
            message_id=_fresh_id(letter),
            in_reply_to=_answered(letter),
        )
    mail.ticket, mail.message = ticket, ticket.messages.public().in_order().first()
    mail.outcome = Outcome.OPENED
    if thread:
        _link(ticket, thread.ticket, letter, at=at)
    if writer is Writer.PERSON and not guards.is_flood(ticket, at=at):
        acknowledgement.send(ticket=ticket, at=at)


def _link(ticket: Ticket, other: Ticket, letter: Letter, *, at: datetime) -> None:
    names = {"sender": letter.sender, "other": other.public_number, "ticket": ticket.public_number}
    with translation.override(ticket.language):
        text = _(
            "This letter answers one of ours in %(other)s, but comes from %(sender)s, which is not the address of that "
            "conversation. Say nothing of %(other)s to its writer before you know who they are."
        )
        notes.write(ticket=ticket, text=text % names, at=at)
    with translation.override(other.language):
        text = _("Somebody answered a letter of this conversation from another address: see %(ticket)s.")
        notes.write(ticket=other, text=text % names, at=at)


def _note(mail: InboundMail, letter: Letter, ticket: Ticket, *, at: datetime) -> None:
    """What a program answered, such as “I am on holiday”: for the agents to know. It is no word of the shopper's."""
    words = quotes.new_words(letter.text, subject=letter.subject)[:2000]
    with translation.override(ticket.language):
        title = _("An automatic answer came: %(subject)s") % {"subject": letter.subject}
    mail.message = notes.write(ticket=ticket, text=f"{title}\n\n{words}".strip(), at=at)
    mail.ticket, mail.outcome = ticket, Outcome.NOTED


def _keep_files(letter: Letter, partner_id: uuid.UUID, *, at: datetime) -> tuple[list[StoredFile], list[str]]:
    """The files that we keep, and why not the others, for whoever sent them."""
    kept: list[StoredFile] = []
    refused: list[str] = []
    for file in letter.files:
        name = file.name or _("file")
        if len(kept) == _MOST_FILES:
            refused.append(_("%(name)s: too many files in one letter.") % {"name": files.clean_name(name)})
            continue
        try:
            kept.append(files.store(partner_id=partner_id, name=name, content=file.content, at=at))
        except DomainError as refusal:
            refused.append(str(refusal))
    return kept, refused


def _words(mail: InboundMail, letter: Letter, refused: Sequence[str]) -> str:
    """The new words of the letter, or what stands in for them; below, what of it we did not keep."""
    words = quotes.new_words(letter.text, subject=letter.subject)
    if not words:
        words = letter.subject or _("(a letter without words)")
    left_out = []
    if len(words) > _LONGEST_TEXT:
        words = words[:_LONGEST_TEXT].rstrip() + "…"
        left_out.append(_("The letter was longer; here is its beginning."))
    if mail.is_cut:
        left_out.append(
            _("The letter was too large: its files did not come through. Send smaller ones, one by one.")
        )
    elif refused:
        left_out.append(_("Not kept:") + "\n" + "\n".join(f"- {each}" for each in refused))
    return "\n\n".join([words, *(f"[{note}]" for note in left_out)])


def _fresh_id(letter: Letter) -> str:
    """The letter's Message-ID, unless another letter has it: who copies one may not keep this one out."""
    taken = Message.objects.filter(message_id=letter.message_id).exists()
    return "" if taken else letter.message_id[:250]


def _answered(letter: Letter) -> str:
    return next(iter(letter.in_reply_to), "")[:250]
