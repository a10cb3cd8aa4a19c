from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShiftsConfig(AppConfig):
    name = "support.shifts"
    verbose_name = _("Support: shifts")

    def ready(self) -> None:
        from support.clocks import services as clocks
        from support.shifts import rota

        clocks.register_duty(rota.duty)
