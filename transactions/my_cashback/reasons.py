"""Why a shop declines a purchase, in plain words, and what the shopper can do.

Networks hand on what the shop typed: a few words in Russian or English, spelt by hand. What is known is told in our
words; what is not is told as the shop's.
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` is stable; "" for a reason that nobody has seen before, "unsaid" where there was none."""

    code: str
    words: str | Promise
    next_step: str | Promise


_ASK_SUPPORT = gettext_lazy("If that is not so, write to support with the order's number and the receipt.")
_ASK_SHOP = gettext_lazy("If that is not so, ask the shop first, then write to support with its answer.")

# The first that fits is meant: "a duplicate, cancelled" is a duplicate.
_KNOWN: list[tuple[re.Pattern[str], Reason]] = [
    (
        re.compile(r"(?i)фрод|мошен|накрут|подозр|\bбот(ы|ов)?\b|fraud|suspicio|abus|\bbots?\b|incentiv"),
        Reason(
            "checks",
            gettext_lazy("The order did not pass the shop's own checks."),
            gettext_lazy(
                "If you bought it for yourself, write to support with the order's number and the receipt."
            ),
        ),
    ),
    (
        re.compile(r"(?i)\bтест|\btest"),
        Reason("test", gettext_lazy("The shop took the order for a test."), _ASK_SUPPORT),
    ),
    (
        re.compile(r"(?i)дубл|повторн|duplicat|repeated order|already (exists|counted|registered)"),
        Reason(
            "duplicate",
            gettext_lazy("The shop had reported the same order twice, and this is the second time."),
            gettext_lazy(
                "Look for the order among your other purchases. If it is not there, write to support."
            ),
        ),
    ),
    (
        re.compile(
            r"(?i)не\s*оплач|неоплач|нет оплаты|отсутств\w* оплат|not paid|unpaid|non.?payment|no payment"
        ),
        Reason("unpaid", gettext_lazy("The order was not paid for."), _ASK_SUPPORT),
    ),
    (
        re.compile(
            r"(?i)не\s*вык[уа]п|невык[уа]п|не забра|не получ|не достав|недостав|отказ\w* (от|при) получ|"
            r"not (collected|delivered|picked|received)|undelivered|unclaimed|refused delivery"
        ),
        Reason("not_collected", gettext_lazy("The order was not collected or not delivered."), _ASK_SHOP),
    ),
    (
        re.compile(r"(?i)возвра[тщ]|return|refund|charge.?back"),
        Reason(
            "returned",
            gettext_lazy("The goods were returned."),
            gettext_lazy(
                "Cashback is paid for what you keep. If you kept the goods, write to support with the receipt."
            ),
        ),
    ),
    (
        re.compile(r"(?i)нет в наличии|закончил|распродан|out of stock|not available|unavailable|sold out"),
        Reason(
            "out_of_stock",
            gettext_lazy("The shop did not have the goods and cancelled the order."),
            gettext_lazy("If you order again, start here again: the new order counts by itself."),
        ),
    ),
    (
        re.compile(
            r"(?i)отмен|аннулир|отказ|cancel|reject(ed)? by (the )?(customer|client|buyer)|storno|void"
        ),
        Reason(
            "cancelled",
            gettext_lazy("The order was cancelled."),
            gettext_lazy("If you order again, start here again: the new order counts by itself."),
        ),
    ),
    (
        re.compile(r"(?i)промо.?код|купон|сертификат|coupon|promo.?code|voucher|gift ?card"),
        Reason(
            "coupon",
            gettext_lazy("A code or a gift card was used that earns no cashback in this shop."),
            gettext_lazy("Use only the codes that are listed here."),
        ),
    ),
    (
        re.compile(
            r"(?i)не нов\w* (клиент|покуп|польз)|уже (клиент|покупал|зарегистр)|существующ\w* (клиент|покуп|польз)|"
            r"стар\w* (клиент|покуп)|existing (customer|client|user)|not (a )?new (customer|client|user)|returning"
        ),
        Reason(
            "not_new",
            gettext_lazy("The shop pays for new customers only, and it knows you already."),
            gettext_lazy("Its page here says which orders count."),
        ),
    ),
    (
        re.compile(
            r"(?i)друг\w* (источник|канал|партн|сайт|площад|вебмаст)|последн\w* клик|атрибуц|"
            r"(an)?other (source|channel|publisher|partner|affiliate|site)|last.?click|attribut|overwritten"
        ),
        Reason(
            "elsewhere",
            gettext_lazy("The shop counted the order for another site that you came from later."),
            gettext_lazy(
                "Go from here straight to the basket, and open no other site's link to the shop before you pay."
            ),
        ),
    ),
    (
        re.compile(
            r"(?i)категор|исключ|не участв|exclu|categor|not (eligible|commissionable|participating)|ineligib"
        ),
        Reason(
            "excluded",
            gettext_lazy("The goods are among those that earn no cashback in this shop."),
            gettext_lazy("Its page here lists what is excluded."),
        ),
    ),
    (
        re.compile(r"(?i)правил|услови|наруш|rule|terms|condition|violat|breach|policy"),
        Reason(
            "rules",
            gettext_lazy("The shop says that the order does not meet its terms."),
            gettext_lazy("The terms are on the shop's page here. If the order met them, write to support."),
        ),
    ),
]


def explain(text: str) -> Reason:
    """The reason behind the shop's own words."""
    said = " ".join(text.split())
    if not said:
        return Reason("unsaid", _("The shop named no reason."), _ASK_SUPPORT)
    for pattern, reason in _KNOWN:
        if pattern.search(said):
            return reason
    return Reason("", _("The shop's words: %(words)s") % {"words": said}, _ASK_SUPPORT)


def for_letters(text: str) -> tuple[str, str]:
    """The plain words and the next step."""
    reason = explain(text)
    return str(reason.words), str(reason.next_step)
