from collections.abc import Iterator

import pytest

from tests.journeys.city import City, open_city


@pytest.fixture(scope="session")
def whole_city() -> Iterator[City]:
    city = open_city()
    with city.stack:
        city.open()
        yield city


@pytest.fixture
def city(whole_city: City) -> Iterator[City]:
    """The city on a fair day: whatever faults a test orders are gone for the next."""
    yield whole_city
    whole_city.command("faults")
