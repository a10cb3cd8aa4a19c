from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClaimsConfig(AppConfig):
    name = "support.claims"
    verbose_name = _("Support: claims")

    def ready(self) -> None:
        from partners import personal_data as held_of_shoppers
        from partners.webhooks import catalogue
        from support.claims import (
            claimable,
            event_examples,
            hooks,
            macro_words,
            moves,
            personal_data,
            staff,
            talking,
        )
        from support.desk import listeners as desk
        from support.desk import macros
        from support.goodwill import services as goodwill
        from transactions.my_cashback import trips
        from transactions.recording import listeners as purchases

        purchases.on_recorded(hooks.on_recorded)
        purchases.on_settled(hooks.on_settled)
        desk.on_customer_word(talking.heard)
        desk.on_outgoing(talking.answered_by_person)
        goodwill.register_lock(moves.lock)
        goodwill.register_paid(staff.goodwill_paid)
        goodwill.register_refused(staff.goodwill_refused)
        trips.register_questions(claimable.questions)
        held_of_shoppers.register(personal_data.KEEPER)
        catalogue.register(*event_examples.EVENTS)
        macros.register_variables(macro_words.NAMES, macro_words.values)
