"""Money as transfers between accounts. The triggers of migration 0002 hold these rules against raw SQL too.

An account keeps its terms, a transfer is never edited or removed, and only a transfer changes a balance. No
setting leads around that. The tables' owner can disable a trigger: a test database, which is emptied between
tests, goes without the two against TRUNCATE.
"""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids


class AccountKind(models.TextChoices):
    NETWORK_RECEIVABLE = "network_receivable", _("owed by a network")
    SHOPPER = "shopper", _("shopper's cashback")
    PARTNER = "partner", _("partner's share")
    MARGIN = "margin", _("our margin")
    # What shoppers were given though no network has paid for it. Ours, or the partner's own (`owner_id`).
    GOODWILL = "goodwill", _("goodwill given")


# A balance row guards an account and makes its transfers wait in line. Where every purchase moves money it
# costs three quarters of the rate, so those accounts are summed. A trigger of migration 0002 opens the rows.
KINDS_WITH_BALANCE_ROW = [AccountKind.SHOPPER]


class Account(models.Model):
    """Where money is: one owner's account of one kind, with one partner, in one currency."""

    id = ids.IdField()
    partner_id = models.UUIDField(_("partner"))
    kind = models.CharField(_("kind"), max_length=30, choices=AccountKind.choices)
    # Whose it is among its kind: a shopper, a network account; none where the partner or we own it.
    owner_id = models.UUIDField(_("owner"), null=True)
    currency = models.CharField(_("currency"), max_length=3)
    may_go_negative = models.BooleanField(_("may go negative"))
    created_at = models.DateTimeField(_("opened"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["partner_id", "kind", "owner_id", "currency"],
                nulls_distinct=False,
                name="account_is_opened_once",
            ),
            # What a transfer's foreign keys point at.
            models.UniqueConstraint(
                fields=["id", "partner_id", "currency"], name="account_has_one_partner_and_currency"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=AccountKind.values), name="account_is_of_a_known_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex="^[A-Z]{3}$"), name="account_currency_is_a_code"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=KINDS_WITH_BALANCE_ROW) | models.Q(may_go_negative=True),
                name="account_without_balance_row_may_go_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.currency}"


class Transfer(models.Model):
    """Money that moved once, from source to target. A mistake is corrected by a new transfer."""

    id = ids.IdField()
    partner_id = models.UUIDField(_("partner"))
    # In the database both are foreign keys together with partner_id and currency; see migration 0002.
    source = models.ForeignKey(
        Account, models.PROTECT, related_name="transfers_out", db_constraint=False, verbose_name=_("from")
    )
    target = models.ForeignKey(
        Account, models.PROTECT, related_name="transfers_in", db_constraint=False, verbose_name=_("to")
    )
    amount = models.BigIntegerField(_("amount"), help_text=_("In minor units."))
    currency = models.CharField(_("currency"), max_length=3)
    key = models.TextField(_("key"))
    # What it is about: a transaction, a payout.
    subject_id = models.UUIDField(_("subject"), db_index=True)
    reason = models.CharField(_("reason"), max_length=200)
    occurred_at = models.DateTimeField(_("occurred"))
    recorded_at = models.DateTimeField(_("recorded"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="transfer_happens_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="transfer_amount_is_positive"),
            models.CheckConstraint(
                condition=~models.Q(source=models.F("target")), name="transfer_is_between_two_accounts"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Balance(models.Model):
    """What a shopper's account holds. Only the database writes here, with the account and its transfers."""

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, verbose_name=_("account"))
    amount = models.BigIntegerField(_("amount"), help_text=_("In minor units."))
    # The account's, copied: a check constraint sees one row.
    may_go_negative = models.BooleanField(_("may go negative"))

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gte=0) | models.Q(may_go_negative=True),
                name="balance_is_not_overdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"


class Entry(models.Model):
    """A transfer as one of its accounts sees it, plus at the target, minus at the source: a database view."""

    pk = models.CompositePrimaryKey("account_id", "transfer_id")
    account = models.ForeignKey(Account, models.DO_NOTHING, related_name="entries")
    transfer = models.ForeignKey(Transfer, models.DO_NOTHING, related_name="entries")
    subject_id = models.UUIDField()
    amount = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "ledger_entry"

    def __str__(self) -> str:
        return f"{self.amount:+}"
