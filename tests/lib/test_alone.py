import pytest

from cashback.lib.alone import alone
from tests.elsewhere import held_elsewhere

pytestmark = pytest.mark.django_db


def test_only_one_holds_a_name_at_a_time():
    with held_elsewhere("poll:1"), alone("poll:1") as is_alone, alone("poll:2") as is_alone_elsewhere:
        assert (is_alone, is_alone_elsewhere) == (False, True)


def test_lock_dies_with_its_holder():
    with held_elsewhere("poll:1"):
        pass
    with alone("poll:1") as is_alone:
        assert is_alone


def test_lock_is_let_go_after_a_failure():
    with pytest.raises(RuntimeError), alone("poll:1"):
        raise RuntimeError
    with held_elsewhere("poll:1"):
        pass
