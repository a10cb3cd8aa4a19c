from django.apps import AppConfig


class CashbackConfig(AppConfig):
    """The project itself: wires the rooms together and holds no table."""

    name = "cashback"

    def ready(self) -> None:
        # Any process that rings the doorbell must know the broker.
        from cashback import celery, checks  # noqa: F401
