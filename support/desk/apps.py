from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "support.desk"
    verbose_name = _("Support: tickets")

    def ready(self) -> None:
        from partners import personal_data as held_of_shoppers
        from support.desk import personal_data

        held_of_shoppers.register(personal_data.KEEPER)
