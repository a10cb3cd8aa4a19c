"""The product's settings, with the yardsticks' addresses beside its own; and without walls, to measure them."""

import os

from cashback.lib import sight
from cashback.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"

if os.environ.get("WALLS") == "off":
    sight.current = lambda: sight.Sight(reason="bench")
