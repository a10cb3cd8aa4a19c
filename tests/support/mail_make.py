"""Letters as people and machines write them, byte by byte."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid


def letter(
    *,
    sender: str = "Alice <alice@mail.test>",
    to: str = "support+acorn@localhost",
    subject: str = "Where is my cashback?",
    text: str = "I bought shoes on Monday and see nothing.",
    html: str = "",
    files=(),
    answers: str = "",
    references: str = "",
    message_id: str = "",
    **headers: str,
) -> bytes:
    """A letter with these parts; `answers` is the Message-ID of the one it replies to, `headers` are by_their_names."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Message-ID"] = message_id or make_msgid(domain="mail.test")
    if answers:
        made["In-Reply-To"] = answers
    if references:
        made["References"] = references
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    if html:
        made.add_alternative(html, subtype="html")
    for name, content in files:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes(policy=SMTP)


def raw(body: bytes, *, content_type: str = "", **headers: str) -> bytes:
    """A letter whose body and content type are as given, however wrong."""
    told = {
        "From": "Alice <alice@mail.test>",
        "To": "support+acorn@localhost",
        "Subject": "Hello",
        "Message-ID": make_msgid(domain="mail.test"),
        **({"Content-Type": content_type} if content_type else {}),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return "".join(f"{name}: {value}\r\n" for name, value in told.items()).encode() + b"\r\n" + body
