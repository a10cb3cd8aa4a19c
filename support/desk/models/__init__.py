from support.desk.models.audit import AuditEvent
from support.desk.models.macro import Macro, MacroVersion
from support.desk.models.message import (
    Attachment,
    Author,
    Delivery,
    Direction,
    Mention,
    Message,
    Redaction,
    StoredFile,
)
from support.desk.models.people import Agent, Presence, PresenceChange, Role, Team
from support.desk.models.ticket import (
    Category,
    Channel,
    Draft,
    Priority,
    SavedView,
    Ticket,
    TicketEvent,
    TicketStatus,
)

__all__ = [
    "Agent",
    "Attachment",
    "AuditEvent",
    "Author",
    "Category",
    "Channel",
    "Delivery",
    "Direction",
    "Draft",
    "Macro",
    "MacroVersion",
    "Mention",
    "Message",
    "Presence",
    "PresenceChange",
    "Priority",
    "Redaction",
    "Role",
    "SavedView",
    "StoredFile",
    "Team",
    "Ticket",
    "TicketEvent",
    "TicketStatus",
]
