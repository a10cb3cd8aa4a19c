from datetime import timedelta

import pytest

from support.clocks import services as clocks
from support.desk.models import Role
from tests.support import shifts_make as make
from tests.support.clocks_make import moscow


class Crew:
    """A team on its day shift, 9 to 18 on a Tuesday in Moscow, and a late one from 18 to midnight."""

    STARTS, ENDS = moscow(2026, 3, 3, 9), moscow(2026, 3, 3, 18)

    def __init__(self):
        self.team = make.team()
        self.ann = make.agent(self.team, "Ann")
        self.ben = make.agent(self.team, "Ben")
        self.lea = make.agent(self.team, "Lea", role=Role.LEAD)
        self.nick = make.agent(self.team, "Nick")
        self.day = make.shift(self.team, self.STARTS, self.ENDS, self.ann, self.ben)
        self.late = make.shift(
            self.team, self.ENDS, self.ENDS + timedelta(hours=6), self.nick, self.lea, name="Late"
        )

    def before_end(self, **ago):
        return self.ENDS - timedelta(**ago)

    def after_end(self, **later):
        return self.ENDS + timedelta(**later)


@pytest.fixture
def crew(db) -> Crew:
    clocks.make_default_policies()
    return Crew()
