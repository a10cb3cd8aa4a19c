"""The network's part in a claim: it is asked once, listened to until it has answered, and its answer becomes money.

`asking` writes down what is to be asked, `working` brings it to a network's API, `polling` hears the answers and chases
those that stay out, `crediting` books what was granted. Networks without an API are asked by `batches` (a file for each
account) and `letters`.
"""

from support.claims.lodging.asking import CannotLodge, appeal, lodge, withdraw
from support.claims.lodging.batches import ImportResult, RowResult, import_answers, make_batch, mark_sent
from support.claims.lodging.letters import letter_for, note_sent
from support.claims.lodging.polling import poll
from support.claims.lodging.working import hand_out, work_on

__all__ = [
    "CannotLodge",
    "ImportResult",
    "RowResult",
    "appeal",
    "hand_out",
    "import_answers",
    "letter_for",
    "lodge",
    "make_batch",
    "mark_sent",
    "note_sent",
    "poll",
    "withdraw",
    "work_on",
]
