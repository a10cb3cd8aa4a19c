from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SupportConfig(AppConfig):
    """The doors of support: shoppers' pages, the agents' workspace, tasks. Its tables are in the rooms below."""

    name = "support"
    verbose_name = _("Support")
