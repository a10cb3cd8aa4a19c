import pytest

from tests.networks.admitad.builders import Clock, Tokens, connect, listing
from tests.networks.contract import KeptTokens
from tests.networks.server import NetworkServer


@pytest.fixture
def server():
    server = NetworkServer()
    server.answers |= {"/token/": Tokens(), "/categories/": listing([])}
    yield server
    server.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def kept():
    return KeptTokens()


@pytest.fixture
def admitad(server, clock, kept):
    return connect(server, clock, kept)
