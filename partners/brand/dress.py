"""What every page of a storefront wears: its words, logos and announced terms.

They have tables of their own. What a page needs of them is written beside the storefront whenever they change, so that
a page has it with the storefront itself and asks for nothing more.
"""

from typing import Any

from partners.models import Storefront, StorefrontText

# The long text is read on its own page only.
WORN = (StorefrontText.Name.NAME, StorefrontText.Name.HEADLINE, StorefrontText.Name.SUPPORT)


def lock(storefront: Storefront) -> None:
    """Nobody else changes the dress until this transaction ends; shoppers and their clicks wait for nothing."""
    Storefront.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=storefront.pk)


def renew(storefront: Storefront) -> None:
    """The storefront wears what its tables say. Its row is locked."""
    storefront.dress = worn(storefront)
    storefront.save(update_fields=["dress"])


def worn(storefront: Storefront) -> dict[str, Any]:
    texts: dict[str, dict[str, str]] = {}
    for name, language, text in (
        storefront.texts.filter(name__in=WORN)
        .order_by("name", "language")
        .values_list("name", "language", "text")
    ):
        texts.setdefault(name, {})[language] = text
    logos = {
        image.kind: {"digest": image.digest, "width": image.width, "height": image.height}
        for image in storefront.images.defer("content").order_by("kind")
    }
    last = storefront.terms_versions.order_by("-number").only("number", "takes_effect_at").first()
    terms = {"number": last.number, "takes_effect_at": last.takes_effect_at.isoformat()} if last else {}
    return {"texts": texts, "logos": logos, "last_terms": terms}
