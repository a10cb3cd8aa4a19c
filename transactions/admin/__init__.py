"""Staff pages of what happened, and of whatever has a button that needs this room."""

from transactions.admin import accounts, clicks, ledger, messages, purchases, shoppers, unattributed

__all__ = ["accounts", "clicks", "ledger", "messages", "purchases", "shoppers", "unattributed"]
