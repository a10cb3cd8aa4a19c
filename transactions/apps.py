from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class TransactionsConfig(AppConfig):
    name = "transactions"
    verbose_name = _("Transactions")

    def ready(self) -> None:
        from offers import measured as offers_measured
        from offers import ranking
        from partners import checklist
        from partners import personal_data as held_of_shoppers
        from partners.notices import news
        from partners.webhooks import catalogue
        from transactions import integration, personal_data
        from transactions.measuring import figures, measured
        from transactions.my_cashback import reasons
        from transactions.telling import event_examples

        ranking.register_own_figures(figures.confirmed_by_offer)
        offers_measured.register(measured.shown_by_offer)
        held_of_shoppers.register(personal_data.KEEPER)
        checklist.register(integration.steps)
        news.explain_declines(reasons.for_letters)
        catalogue.register(*event_examples.EVENTS)
        post_migrate.connect(_make_click_partitions, sender=self)


def _make_click_partitions(**_kwargs: object) -> None:
    from transactions import partitions

    partitions.make_months(at=timezone.now())
