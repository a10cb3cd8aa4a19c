from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OffersConfig(AppConfig):
    name = "offers"
    verbose_name = _("Offers")

    def ready(self) -> None:
        from offers import personal_data
        from partners import personal_data as held_of_shoppers

        held_of_shoppers.register(personal_data.KEEPER)
