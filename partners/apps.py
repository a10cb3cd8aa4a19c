from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = _("Partners")

    def ready(self) -> None:
        from partners import checklist, personal_data
        from partners.embed import checklist as embed
        from partners.profile import keeper

        personal_data.register(keeper.KEEPER)
        checklist.register(embed.steps)
