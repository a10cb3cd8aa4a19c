# ruff: noqa: E501 - sentences are as long as people write them
"""What the demo's shoppers and agents write, in both languages. The desk itself speaks Russian: names and notes that only
staff read are in that language."""

TEAM, CALENDAR, SHIFTS = "Поддержка", "Каждый день", ("День", "Вечер")
WHY_GOODWILL = (
    "Переход есть, чек читается.",
    "Магазин молчит, покупатель ждать не должен.",
    "Сумма небольшая, заказ подтверждён письмом магазина.",
)
# The names of the desk's ready answers (support.desk.default_macros).
MACROS = {
    "Found: waits for the shop": "Нашли: ждём решения магазина",
    "Asked the network": "Запросили сеть",
    "Receipt, please": "Просим чек",
    "Order number, please": "Просим номер заказа",
    "Made good by us": "Возместили сами",
    "The shop refused, what now": "Магазин отказал: что дальше",
    "Ordered before the trip": "Заказ раньше перехода",
    "Goods without cashback": "Товары без кэшбэка",
    "How long it takes": "Сколько это занимает",
    "Ad blocker": "Блокировщик рекламы",
    "No news yet, still on it": "Новостей нет, занимаемся",
    "Anything else?": "Что-нибудь ещё?",
}

ORDERS = {"ru": ("{}", "№ {}", "заказ {}"), "en": ("{}", "#{}", "Order {}")}

OPENINGS = {
    "ru": (
        "Купила неделю назад, в «Моём кэшбэке» пусто.",
        "Заказ уже получил, а покупки всё нет. Посмотрите, пожалуйста.",
        "Перешёл от вас, оплатил сразу картой. Чек приложу, если нужно.",
        "Третий день жду, покупка так и не появилась.",
        "",
    ),
    "en": (
        "I bought this last week and nothing has shown up.",
        "The parcel is here already, but the purchase is not. Could you look?",
        "I went from your page and paid by card in the same visit.",
        "Waiting for three days now, still nothing.",
        "",
    ),
}
QUESTIONS = {
    "ru": (
        ("Как поменять почту", "Сменил почту, письма приходят на старую. Где это исправить?"),
        ("Когда можно вывести деньги", "На балансе есть сумма, не вижу кнопки вывода. Подскажите?"),
        ("Считается ли доставка", "С доставки кэшбэк тоже начисляется или только с товаров?"),
        ("Два заказа подряд", "Сделала два заказа за одно посещение. Оба засчитаются?"),
    ),
    "en": (
        ("Changing my e-mail", "Letters still go to my old address. Where do I change it?"),
        (
            "When can I withdraw",
            "There is money on my balance but I can't find a button. When can I have it?",
        ),
        ("Does delivery count", "Is cashback taken from delivery too, or from the goods only?"),
        ("Two orders in a row", "I placed two orders in one visit. Will both count?"),
    ),
}
ANSWERS = {
    "ru": (
        "Здравствуйте! Проверил: переход виден, магазин отчитался не сразу. Запросили у него ваш заказ и напишем, как только он ответит.",
        "Добрый день! Всё нашлось, спасибо за терпение. Если что-то не так — просто ответьте на это сообщение.",
        "Здравствуйте! Да, всё верно: с доставки кэшбэк не начисляется, с товаров — начисляется полностью.",
        "Добрый день! Это можно поменять в профиле, в разделе «Почта». Код придёт на новый адрес.",
    ),
    "en": (
        "Hello! I checked: your trip is there, the shop was slow to report. We have asked it about your order and write as soon as it answers.",
        "Hello! All found, thank you for your patience. If anything is still wrong, just answer this message.",
        "Hello! Right: delivery earns no cashback, the goods earn it in full.",
        "Hello! You can change it in your profile, under “E-mail”. A code goes to the new address.",
    ),
}
REJECTIONS = {
    "ru": "Здравствуйте! Заказ оформлен за день до перехода от нас, поэтому магазин не мог связать его с вами. Начинайте покупку с кнопки на странице магазина — тогда всё засчитается.",
    "en": "Hello! The order was placed the day before your trip from here, so the shop could not link the two. Start from the button on the shop's page, and it counts.",
}
REQUESTS = {
    "ru": (
        "Здравствуйте! Пришлите, пожалуйста, письмо магазина с номером заказа: по нему магазин найдёт покупку.",
        "Добрый день! На чеке не видно суммы. Сфотографируйте его ещё раз, пожалуйста, целиком.",
    ),
    "en": (
        "Hello! Could you send the shop's letter with the order number? The shop will find the purchase by it.",
        "Hello! The total can't be read on the receipt. Could you take the picture once more, the whole of it?",
    ),
}
THANKS = {
    "ru": ("Спасибо!", "Спасибо большое, всё понятно", "👍"),
    "en": ("Thanks!", "Great, thank you", "👍"),
}
AGAIN = {
    "ru": ("А когда примерно ждать?", "Прошла неделя, есть новости?"),
    "en": ("Roughly when can I expect it?", "It's been a week, any news?"),
}
REFUSALS = (
    "Order was placed through another source",
    "Заказ отменён покупателем",
    "Not eligible: existing customer",
)
