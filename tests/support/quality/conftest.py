import pytest

from tests.support import quality_make


@pytest.fixture
def house(alice):
    """Ann and Ben by day, Zoe leads the night; Alice asks."""
    return quality_make.desk(alice)
