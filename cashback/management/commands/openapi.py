from django.conf import settings
from django.core.management.base import BaseCommand

from cashback.api_docs import openapi_yaml


class Command(BaseCommand):
    help = "Writes docs/openapi.yaml as the API is now."

    def handle(self, *args: object, **options: object) -> None:
        (settings.BASE_DIR / "docs" / "openapi.yaml").write_bytes(openapi_yaml())
