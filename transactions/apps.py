from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class TransactionsConfig(AppConfig):
    name = "transactions"
    verbose_name = _("Transactions")

    def ready(self) -> None:
        from offers import ranking
        from transactions import figures

        ranking.register_own_figures(figures.confirmed_by_offer)
        post_migrate.connect(_make_click_partitions, sender=self)


def _make_click_partitions(**_kwargs: object) -> None:
    from transactions import partitions

    partitions.make_months(at=timezone.now())
