import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cashback.lib.ids import InvalidId, from_public, from_suffix, public, suffix

# Valid pairs of the TypeID specification's own test file, valid.yml.
KNOWN = [
    ("00000000-0000-0000-0000-000000000000", "00000000000000000000000000"),
    ("00000000-0000-0000-0000-000000000001", "00000000000000000000000001"),
    ("00000000-0000-0000-0000-00000000000a", "0000000000000000000000000a"),
    ("00000000-0000-0000-0000-000000000010", "0000000000000000000000000g"),
    ("00000000-0000-0000-0000-000000000020", "00000000000000000000000010"),
    ("ffffffff-ffff-ffff-ffff-ffffffffffff", "7zzzzzzzzzzzzzzzzzzzzzzzzz"),
    ("0110c853-1d09-52d8-d73e-1194e95b5f19", "0123456789abcdefghjkmnpqrs"),
    ("01890a5d-ac96-774b-bcce-b302099a8057", "01h455vb4pex5vsknk084sn02q"),
]


@pytest.mark.parametrize(("number", "letters"), KNOWN)
def test_an_id_is_spelt_as_typeid_spells_it(number, letters):
    assert suffix(uuid.UUID(number)) == letters
    assert from_suffix(letters) == uuid.UUID(number)


@given(some.uuids())
def test_an_id_comes_back_from_its_letters(value):
    assert from_public("clk", public("clk", value)) == value


@given(some.uuids(), some.uuids())
def test_letters_sort_as_the_ids_do(one, other):
    assert (suffix(one) < suffix(other)) == (one < other)


@pytest.mark.parametrize(
    "letters",
    [
        "",
        "01h455vb4pex5vsknk084sn02",
        "01h455vb4pex5vsknk084sn02qq",
        "8zzzzzzzzzzzzzzzzzzzzzzzzz",
        "01H455VB4PEX5VSKNK084SN02Q",
        "01h455vb4pex5vsknk084sn02u",
        "01h455vb4pex5vsknk084sn0-q",
        "01h455vb4pex5vsknk084sn0２q",
    ],
)
def test_letters_of_no_id_are_refused(letters):
    with pytest.raises(InvalidId):
        from_suffix(letters)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01h455vb4pex5vsknk084sn02q",
        "_01h455vb4pex5vsknk084sn02q",
        "txn_01h455vb4pex5vsknk084sn02q",
        "clk-01h455vb4pex5vsknk084sn02q",
        "clk_",
        "CLK_01h455vb4pex5vsknk084sn02q",
    ],
)
def test_an_id_of_another_kind_is_refused(text):
    with pytest.raises(InvalidId):
        from_public("clk", text)
