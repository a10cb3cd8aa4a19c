from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    name = "support.mail"
    verbose_name = _("Support: mail")

    def ready(self) -> None:
        from partners import personal_data
        from support.desk import listeners
        from support.mail import about_shoppers, outgoing

        listeners.on_outgoing(outgoing.queue_if_wanted)
        personal_data.register(about_shoppers.KEEPER)
