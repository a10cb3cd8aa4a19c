"""What higher rooms do when something happens in a conversation, in the same database transaction.

A room registers its functions in `ready()` of its `apps.py`.
"""

from collections.abc import Callable
from datetime import datetime

from support.desk.models import Agent, Message, Ticket

OnCustomerWord = Callable[[Ticket, Message, datetime], None]
OnSolved = Callable[[Ticket, int, Agent | None, datetime], None]
OnReopened = Callable[[Ticket, datetime], None]
OnOutgoing = Callable[[Message], None]

_on_customer_word: list[OnCustomerWord] = []
_on_solved: list[OnSolved] = []
_on_reopened: list[OnReopened] = []
_on_outgoing: list[OnOutgoing] = []


def on_customer_word(function: OnCustomerWord) -> None:
    """Call this with each word of a shopper's in a conversation that was there already."""
    if function not in _on_customer_word:
        _on_customer_word.append(function)


def on_solved(function: OnSolved) -> None:
    """Call this with the ticket, the cycle that ended, and the agent who ended it (None: the service itself)."""
    if function not in _on_solved:
        _on_solved.append(function)


def on_reopened(function: OnReopened) -> None:
    if function not in _on_reopened:
        _on_reopened.append(function)


def on_outgoing(function: OnOutgoing) -> None:
    """Call this with each public message of ours, before anybody has been told of it."""
    if function not in _on_outgoing:
        _on_outgoing.append(function)


def customer_word(ticket: Ticket, message: Message, at: datetime) -> None:
    for function in _on_customer_word:
        function(ticket, message, at)


def solved(ticket: Ticket, cycle: int, agent: Agent | None, at: datetime) -> None:
    for function in _on_solved:
        function(ticket, cycle, agent, at)


def reopened(ticket: Ticket, at: datetime) -> None:
    for function in _on_reopened:
        function(ticket, at)


def outgoing(message: Message) -> None:
    for function in _on_outgoing:
        function(message)
