import pytest
from django.contrib.auth.models import AnonymousUser

from support.desk import services as desk
from support.desk import viewing
from support.desk.models import Presence, PresenceChange, Team
from tests.support import desk_make
from tests.support.desk_make import together


def test_member_of_staff_is_an_agent_while_they_are_active(anna, sam, django_assert_num_queries):
    gone = desk_make.agent("Gleb", is_active=False)
    assert desk.agent_of(anna.user) == anna
    with django_assert_num_queries(0):
        assert desk.agent_of(anna.user) == anna
    for nobody in (sam, gone.user, AnonymousUser()):
        assert desk.agent_of(nobody) is None
        with pytest.raises(desk.NotAnAgent):
            desk.required_agent(nobody)


def test_presence_is_logged_where_it_changes(anna, noon):
    for presence in (Presence.AWAY, Presence.AWAY, Presence.ONLINE):
        desk.go(agent=anna, presence=presence, at=noon)
    assert (anna.presence, anna.presence_since) == (Presence.ONLINE, noon)
    assert list(PresenceChange.objects.order_by("pk").values_list("presence", flat=True)) == [
        "away",
        "online",
    ]


def test_team_that_takes_everything_is_made_when_first_wanted(db):
    made = desk.default_team()
    assert made.is_default and desk.default_team() == made


def test_team_called_support_takes_everything_if_none_does(db):
    team = Team.objects.create(name="Support")
    assert desk.default_team() == team
    assert Team.objects.get().is_default


@pytest.mark.django_db(transaction=True)
def test_of_two_who_want_the_first_team_at_once_one_makes_it():
    assert len(set(together(*[lambda: desk.default_team().pk] * 3))) == 1


def test_who_looks_is_seen_for_half_a_minute(ticket, anna, boris, noon):
    from datetime import timedelta

    assert viewing.look(ticket=ticket, agent=anna, is_typing=False, at=noon) == []
    seen = viewing.look(ticket=ticket, agent=boris, is_typing=True, at=noon + timedelta(seconds=20))
    assert [(each.name, each.is_typing) for each in seen] == [("Anna", False)]
    later = viewing.look(ticket=ticket, agent=anna, is_typing=False, at=noon + timedelta(seconds=45))
    assert [(each.name, each.is_typing) for each in later] == [("Boris", True)]
    assert viewing.viewers([ticket.pk], at=noon + timedelta(seconds=60)) == {ticket.pk: ["Anna"]}
    viewing.leave(ticket=ticket, agent=anna)
    assert viewing.viewers([ticket.pk], at=noon + timedelta(seconds=60)) == {ticket.pk: []}


def test_cache_that_is_away_keeps_nobody_from_working(ticket, anna, noon, monkeypatch):
    from redis.exceptions import ConnectionError as AwayError

    def away(*_about, **_facts):
        raise AwayError

    for name in ("get", "set", "get_many"):
        monkeypatch.setattr(viewing.cache, name, away)
    assert viewing.look(ticket=ticket, agent=anna, is_typing=True, at=noon) == []
    assert viewing.viewers([ticket.pk], at=noon) == {}
    viewing.leave(ticket=ticket, agent=anna)
