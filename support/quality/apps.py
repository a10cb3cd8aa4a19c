from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QualityConfig(AppConfig):
    name = "support.quality"
    verbose_name = _("Support: measures")

    def ready(self) -> None:
        from partners import personal_data as held_of_shoppers
        from support.desk import listeners as desk
        from support.mail import footers
        from support.quality import personal_data, ratings

        desk.on_solved(ratings.ask_when_solved)
        footers.register_footer(ratings.footer)
        held_of_shoppers.register(personal_data.KEEPER)
