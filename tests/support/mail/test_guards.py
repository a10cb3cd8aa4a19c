"""Who wrote it, a person or a machine?"""

import pytest

from support.mail import guards, parsing
from support.mail.guards import Writer
from tests.support.mail_make import letter


def writer(return_path=None, **headers):
    return guards.writer_of(parsing.read(letter(**headers)), return_path=return_path)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, Writer.PERSON),
        ({"Auto_Submitted": "no"}, Writer.PERSON),
        ({"Precedence": "first-class"}, Writer.PERSON),
        ({"X_Auto_Response_Suppress": "None"}, Writer.PERSON),
        ({"Auto_Submitted": "auto-replied"}, Writer.AUTO_REPLY),
        ({"Auto_Submitted": "Auto-Replied (vacation)"}, Writer.AUTO_REPLY),
        ({"Auto_Submitted": "auto-replied; owner-email=x"}, Writer.AUTO_REPLY),
        ({"X_Autoreply": "yes"}, Writer.AUTO_REPLY),
        ({"X_Autorespond": "Away"}, Writer.AUTO_REPLY),
        ({"Precedence": "auto_reply"}, Writer.AUTO_REPLY),
        ({"Precedence": "bulk"}, Writer.BULK),
        ({"Precedence": "LIST"}, Writer.BULK),
        ({"Precedence": "junk"}, Writer.BULK),
        ({"List_Id": "<news.shop.test>"}, Writer.BULK),
        ({"List_Unsubscribe": "<https://shop.test/u>"}, Writer.BULK),
        ({"Auto_Submitted": "auto-generated"}, Writer.MACHINE),
        ({"Return_Path": "<>"}, Writer.MACHINE),
        ({"return_path": ""}, Writer.MACHINE),
        ({"return_path": "<>"}, Writer.MACHINE),
        ({"return_path": "alice@mail.test"}, Writer.PERSON),
        ({"X_Loop": "support@localhost"}, Writer.MACHINE),
        ({"X_Auto_Response_Suppress": "All"}, Writer.SHY),
        ({"sender": "no-reply@shop.test"}, Writer.SHY),
        ({"sender": "MAILER-DAEMON@mx.test"}, Writer.POSTMAN),
    ],
)
def test_writer_is_told_by_the_headers(headers, expected):
    assert writer(**headers) is expected
