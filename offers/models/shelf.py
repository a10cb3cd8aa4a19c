"""What stands on a storefront's shelves, and what a shopper keeps of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from offers.models.catalogue import Category, Merchant
from partners.models import Partner, Shopper, Storefront


class CatalogueRule(models.Model):
    """One line of what a storefront shows: without an allow, everything; a deny takes away; a pin stands above."""

    class Kind(models.TextChoices):
        ALLOW = "allow", _("show")
        DENY = "deny", _("leave out")
        PIN = "pin", _("show first")

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    storefront = models.ForeignKey(
        Storefront, models.CASCADE, related_name="catalogue_rules", verbose_name=_("storefront")
    )
    kind = models.CharField(_("rule"), max_length=5, choices=Kind.choices)
    merchant = models.ForeignKey(
        Merchant, models.CASCADE, null=True, related_name="+", verbose_name=_("merchant")
    )
    category = models.ForeignKey(
        Category, models.CASCADE, null=True, related_name="+", verbose_name=_("category")
    )
    position = models.IntegerField(_("place"), default=0)

    class Meta:
        verbose_name = _("catalogue rule")
        verbose_name_plural = _("catalogue rules")
        constraints = [
            models.UniqueConstraint(
                fields=["storefront", "kind", "merchant"], name="catalogue_rule_names_a_merchant_once"
            ),
            models.UniqueConstraint(
                fields=["storefront", "kind", "category"], name="catalogue_rule_names_a_category_once"
            ),
            models.CheckConstraint(
                condition=models.Q(merchant=None, category__isnull=False)
                | models.Q(merchant__isnull=False, category=None),
                name="catalogue_rule_is_about_one_thing",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="pin") | models.Q(merchant__isnull=False),
                name="catalogue_rule_pins_merchants_only",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["allow", "deny", "pin"]), name="catalogue_rule_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.merchant or self.category}"


class Shelves(Storefront):
    """A storefront as its catalogue's page in the admin sees it."""

    class Meta:
        proxy = True
        verbose_name = _("catalogue of a storefront")
        verbose_name_plural = _("catalogues of storefronts")


class CatalogueVersion(models.Model):
    """Turns whenever a storefront's shelves may have changed: what was rendered of an older one is not shown again."""

    storefront = models.OneToOneField(Storefront, models.CASCADE, primary_key=True, related_name="+")
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    number = models.BigIntegerField(default=1)

    def __str__(self) -> str:
        return str(self.number)


class FavouriteShop(models.Model):
    """A shop that a shopper keeps at hand."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    shopper = models.ForeignKey(
        Shopper, models.CASCADE, related_name="favourite_shops", verbose_name=_("shopper")
    )
    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+", verbose_name=_("merchant"))
    kept_at = models.DateTimeField(_("kept"))

    class Meta:
        verbose_name = _("favourite shop")
        verbose_name_plural = _("favourite shops")
        constraints = [
            models.UniqueConstraint(fields=["shopper", "merchant"], name="favourite_shop_is_kept_once"),
        ]

    def __str__(self) -> str:
        return str(self.merchant)


class ShopVisit(models.Model):
    """When a shopper last looked at a shop here; one row for each shop."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    shopper = models.ForeignKey(
        Shopper, models.CASCADE, related_name="shop_visits", verbose_name=_("shopper")
    )
    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+", verbose_name=_("merchant"))
    visited_at = models.DateTimeField(_("visited"))

    class Meta:
        verbose_name = _("shop visit")
        verbose_name_plural = _("shop visits")
        constraints = [
            models.UniqueConstraint(fields=["shopper", "merchant"], name="shop_visit_is_kept_once"),
        ]
        indexes = [models.Index(fields=["shopper", "-visited_at"], name="shop_visit_by_shopper")]

    def __str__(self) -> str:
        return str(self.merchant)
