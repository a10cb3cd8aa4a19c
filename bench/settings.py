"""The product's settings, with the yardsticks' addresses beside its own."""

from cashback.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
