"""Staff pages of what can be earned: what networks list, what staff know beside it, and what storefronts show."""

from offers.admin import catalogue, facts, shelves

__all__ = ["catalogue", "facts", "shelves"]
