"""What can happen at the desk, by the names that other rooms call it."""

from support.desk.people import NotAnAgent, agent_of, default_team, go, required_agent, tickets_for
from support.desk.talk import (
    Conflict,
    NothingSaid,
    answer_by_itself,
    drop_draft,
    hear,
    note,
    reply,
    save_draft,
)
from support.desk.tickets import (
    DeskRefused,
    ask_person,
    assign,
    change,
    merge,
    open_ticket,
    reopen,
    set_status,
    snooze,
    solve,
    wake_due,
)

__all__ = [
    "Conflict",
    "DeskRefused",
    "NotAnAgent",
    "NothingSaid",
    "agent_of",
    "answer_by_itself",
    "ask_person",
    "assign",
    "change",
    "default_team",
    "drop_draft",
    "go",
    "hear",
    "merge",
    "note",
    "open_ticket",
    "reopen",
    "reply",
    "required_agent",
    "save_draft",
    "set_status",
    "snooze",
    "solve",
    "tickets_for",
    "wake_due",
]
