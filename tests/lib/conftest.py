from collections.abc import Callable, Iterator

import pytest

from tests.lib.wire import Answer, Server


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Server]]:
    servers = []

    def start(answer: Answer) -> Server:
        servers.append(Server(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
