"""Serve the sandbox on the loopback address: `python -m cashback.sandbox`.

Environment: SANDBOX_PORT (8001), SANDBOX_STATE (path of the SQLite file), SANDBOX_CONFIG (path of a JSON
file, see `config.py`), SANDBOX_RATE_LIMIT (600 requests a minute per application), SANDBOX_SMTP_PORT (a mail server
listens there; none without it).
"""

import os
import sys
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces

from cashback.sandbox import config

# A request held by the `timeout` fault occupies a thread, so there are more of them than the load asks for.
THREADS = 32


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "cashback.sandbox.settings"
    try:
        settings = config.load()
    except config.ConfigError as problem:
        sys.exit(f"sandbox: {problem}")
    Granian(
        "cashback.sandbox.wsgi:application",
        address="127.0.0.1",
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,  # faults, the rate counter and the postback queue live in the process's memory
        blocking_threads=THREADS,
        static_path_route=["/static"],
        static_path_mount=[Path(__file__).parent / "static"],
        websockets=False,
    ).serve()


if __name__ == "__main__":
    main()
