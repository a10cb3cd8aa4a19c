from support.admin import desk

__all__ = ["desk"]
