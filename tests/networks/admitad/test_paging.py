"""Lists that move, repeat themselves or never end."""

import pytest

from cashback.lib.http import Unavailable
from offers.networks.adapters.admitad.account import Account
from offers.networks.base import Unreadable
from tests.networks.admitad.builders import listing


def ids(rows):
    return [row["id"] for row in rows]


def read_all(admitad, path="/list/"):
    return ids(admitad.account.rows(path, scope="statistics"))


def test_a_list_is_read_to_its_last_page(server, admitad):
    server.answers["/list/"] = listing([{"id": number} for number in range(1201)])

    assert read_all(admitad) == list(range(1201))
    assert [asked.query["offset"] for asked in server.asked_at("/list/")] == ["0", "500", "1000"]


def test_a_network_that_gives_shorter_pages_than_asked_is_read_to_the_end_too(server, admitad):
    server.answers["/list/"] = listing([{"id": number} for number in range(45)], most=20)

    assert read_all(admitad) == list(range(45))


def test_a_row_that_slipped_to_a_page_already_read_is_found_by_reading_again(server, admitad):
    rows = [{"id": number} for number in range(60)]

    def shifting(asked):
        if asked.query["offset"] == "20" and len(rows) == 60:
            del rows[0]  # everything moves up by one while we turn the page
        return listing(rows, most=20)(asked)

    server.answers["/list/"] = shifting

    assert sorted(read_all(admitad)) == list(range(60))


def test_rows_that_moved_down_a_page_come_once(server, admitad):
    rows = [{"id": number} for number in range(60)]

    def shifting(asked):
        if asked.query["offset"] == "20" and len(rows) == 60:
            rows.insert(0, {"id": 60})
        return listing(rows, most=20)(asked)

    server.answers["/list/"] = shifting

    assert sorted(read_all(admitad)) == list(range(61))


def test_a_row_that_changed_while_we_read_comes_again(server, admitad):
    rows = [{"id": number, "status": "pending"} for number in range(40)]

    def changing(asked):
        if asked.query["offset"] == "20":
            rows.insert(20, rows.pop(3) | {"status": "approved"})
        return listing(rows, most=20)(asked)

    server.answers["/list/"] = changing

    told = [row["status"] for row in admitad.account.rows("/list/", scope="statistics") if row["id"] == 3]
    assert told == ["pending", "approved"]


def test_rows_that_come_twice_on_a_page_come_once_and_hide_none(server, admitad):
    rows = [{"id": number} for number in range(60)]

    def repeating(asked):
        page = listing(rows, most=20)(asked)
        return page | {"results": [row for row in page["results"] for _ in range(2)]}

    server.answers["/list/"] = repeating

    assert read_all(admitad) == list(range(60))


def test_a_list_that_counts_more_rows_than_it_ever_gives_is_taken_as_it_is_on_the_second_reading(
    server, admitad
):
    server.answers["/list/"] = {"results": [{"id": 1}], "_meta": {"count": 2, "limit": 500, "offset": 0}}

    assert read_all(admitad) == [1]
    assert len(server.asked_at("/list/")) == 2


def test_a_list_that_counts_rows_and_gives_none_is_unavailable(server, admitad):
    server.answers["/list/"] = {"results": [], "_meta": {"count": 34, "limit": 500, "offset": 0}}

    with pytest.raises(Unavailable, match="counts 34 rows and gave 0"):
        read_all(admitad)


def test_a_list_that_gives_the_same_page_for_ever_is_unavailable(server, admitad):
    server.answers["/list/"] = {"results": [{"id": 1}], "_meta": {"count": 10**6, "limit": 1, "offset": 0}}

    with pytest.raises(Unavailable, match="the same page again"):
        read_all(admitad)


def test_a_list_that_never_ends_is_left(server, admitad, monkeypatch):
    monkeypatch.setattr(Account, "most_pages", 5)

    def endless(asked):
        offset = int(asked.query["offset"])
        return {
            "results": [{"id": offset}],
            "_meta": {"count": offset + 1000, "limit": 500, "offset": offset},
        }

    server.answers["/list/"] = endless

    with pytest.raises(Unavailable, match="does not end after 5 pages"):
        read_all(admitad)
    assert len(server.asked_at("/list/")) == 5


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"results": 5}, "/list/.results"),
        ({"results": []}, "/list/._meta"),
        ("text", "/list/"),
        (None, "/list/"),
    ],
)
def test_an_answer_that_is_no_list_is_refused(server, admitad, answer, field):
    server.answers["/list/"] = answer

    with pytest.raises(Unreadable) as refused:
        read_all(admitad)

    assert refused.value.field == field
