class DomainError(Exception):
    """A refusal that a door shows to its user: `code` for machines, the message for people."""

    code = "refused"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code:
            self.code = code
