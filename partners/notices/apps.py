from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "partners.notices"
    label = "notices"
    verbose_name = _("Notices")

    def ready(self) -> None:
        from partners import checklist, personal_data
        from partners.notices import about_shoppers, digest, integration, kinds, terms

        kinds.register("purchases", digest.compose, dropped=digest.drop)
        kinds.register("terms_changed", terms.compose)
        personal_data.register(about_shoppers.KEEPER)
        checklist.register(integration.steps)
