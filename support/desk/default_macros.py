# ruff: noqa: E501 - sentences are as long as people write them
"""The ready answers that a new desk begins with; each may be changed or put away afterwards."""

from datetime import datetime

from django.db import transaction

from support.desk import macros
from support.desk.models import Macro

_GREETING = {"ru": "Здравствуйте!", "en": "Hello!"}

# name, categories, actions, Russian, English
_MACROS: list[tuple[str, list[str], list[dict[str, object]], str, str]] = [
    (
        "Found: waits for the shop",
        ["untracked", "late_confirm"],
        [{"do": "solve"}],
        "Мы нашли вашу покупку в {merchant.name}: она записана за вами. Магазин примет решение до {sale.expected_at}, и кэшбэк станет вашим. Делать ничего не нужно — мы напишем.",
        "We found your purchase at {merchant.name}: it is recorded as yours. The shop decides by {sale.expected_at}, and then the cashback is yours. You need to do nothing; we will write.",
    ),
    (
        "Asked the network",
        ["untracked", "wrong_amount", "declined"],
        [{"do": "hold"}],
        "Мы видим ваш переход {click.at} и запросили у магазина заказ {order.no}. Ответ ждём до {network.deadline}. Как только он придёт, вы узнаете об этом здесь.",
        "We see your trip of {click.at} and have asked the shop about order {order.no}. Its answer is due by {network.deadline}. You will read it here as soon as it comes.",
    ),
    (
        "Receipt, please",
        ["untracked", "wrong_amount", "declined"],
        [{"do": "pend"}],
        "Пришлите, пожалуйста, чек или письмо магазина о заказе {order.no}: фото или PDF. С ним магазин отвечает быстрее.",
        "Please send the receipt or the shop's letter about order {order.no}: a photo or a PDF. With it the shop answers sooner.",
    ),
    (
        "Order number, please",
        ["untracked"],
        [{"do": "pend"}],
        "Напишите, пожалуйста, номер заказа так, как он указан в письме магазина {merchant.name}. По нему мы найдём покупку.",
        "Please write the order's number as it stands in the letter from {merchant.name}. We find the purchase by it.",
    ),
    (
        "Made good by us",
        ["untracked", "wrong_amount", "declined"],
        [{"do": "solve"}],
        "Магазин пока не подтвердил заказ {order.no}, но ждать вам не нужно: мы начислили {goodwill.amount} от себя. С магазином разберёмся сами.",
        "The shop has not confirmed order {order.no} yet, but you need not wait: we have given you {goodwill.amount} ourselves. We settle it with the shop.",
    ),
    (
        "The shop refused, what now",
        ["declined"],
        [],
        "Магазин {merchant.name} отклонил заказ {order.no}. Если вы его не отменяли и не возвращали товар, пришлите чек — мы обжалуем решение.",
        "{merchant.name} declined order {order.no}. If you neither cancelled it nor returned the goods, send us the receipt and we will appeal.",
    ),
    (
        "Ordered before the trip",
        ["untracked"],
        [],
        "Заказ {order.no} оформлен раньше, чем вы перешли в магазин от нас ({click.at}), поэтому магазин не связал его с вами. Начинайте с кнопки на странице магазина — и покупка засчитается.",
        "Order {order.no} was placed before your trip from here ({click.at}), so the shop could not link the two. Start from the button on the shop's page, and the purchase counts.",
    ),
    (
        "Goods without cashback",
        ["untracked", "wrong_amount", "declined"],
        [],
        "За эти товары {merchant.name} кэшбэк не платит: так было в условиях на день перехода. Вот выдержка: {terms.excerpt}",
        "{merchant.name} pays no cashback for these goods: so the terms said on the day of your trip. Here is the passage: {terms.excerpt}",
    ),
    (
        "How long it takes",
        [],
        [{"do": "solve"}],
        "Покупка обычно появляется за день-два, а решение магазин принимает, когда проходит срок возврата. Ожидаемый день есть на странице каждой покупки.",
        "A purchase appears within a day or two as a rule, and the shop decides when the time for returns is over. The expected day stands on each purchase's page.",
    ),
    (
        "Ad blocker",
        ["untracked"],
        [],
        "Похоже, в браузере был включён блокировщик рекламы: магазин мог не увидеть, что вы пришли от нас. Отключите его для магазина перед следующей покупкой.",
        "An ad blocker seems to have been on: the shop may not have seen that you came from here. Switch it off for the shop before your next purchase.",
    ),
    (
        "No news yet, still on it",
        ["untracked", "wrong_amount", "declined", "late_confirm"],
        [{"do": "hold"}],
        "Ответа от магазина по заказу {order.no} пока нет, мы напомнили ему ещё раз. Вопрос {claim.no} остаётся у нас на контроле.",
        "The shop has not answered about order {order.no} yet; we have reminded it. Your question {claim.no} stays with us.",
    ),
    (
        "Anything else?",
        [],
        [{"do": "solve"}],
        "Рады, что всё решилось! Если появится ещё вопрос, просто ответьте на это сообщение.",
        "Glad that it is settled! If anything else comes up, just answer this message.",
    ),
]


@transaction.atomic
def make_default_macros(*, at: datetime) -> int:
    """Each of them exists; one that was there stays as it is. Tells how many were made."""
    made = 0
    for name, categories, actions, russian, english in _MACROS:
        macros.check_actions(actions)
        macro, is_new = Macro.objects.get_or_create(
            name=name, defaults={"categories": categories, "actions": actions}
        )
        if is_new:
            texts = {"ru": f"{_GREETING['ru']} {russian}", "en": f"{_GREETING['en']} {english}"}
            macros.new_version(macro=macro, texts=texts, by=None, at=at)
            made += 1
    return made
