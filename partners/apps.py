from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = _("Partners")

    def ready(self) -> None:
        from cashback.lib import walls
        from partners import checklist, personal_data, reach
        from partners.embed import checklist as embed
        from partners.profile import keeper

        personal_data.register(keeper.KEEPER)
        checklist.register(embed.steps)
        walls.register_reach(reach.partner_ids)
