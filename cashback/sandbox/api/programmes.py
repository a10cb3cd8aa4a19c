"""Programmes: /advcampaigns/ with standard rates, and those of an ad space with its links."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from cashback.sandbox import catalogue, clock, config, sales
from cashback.sandbox.api.answers import endpoint, language, our_website, page_of, whole_number
from cashback.sandbox.api.errors import bad_request, not_found
from cashback.sandbox.programmes import Campaign, Goal, Rate, Tariff

TRAFFICS = {
    1: ("Cashback", "Cashback"),
    2: ("PopUp / ClickUnder", "PopUp / ClickUnder"),
    3: ("Контекстная реклама", "Contextual advertising"),
    4: ("Дорвей - трафик", "Doorway traffic"),
    5: ("Email - рассылка", "Email"),
    6: ("Контекстная реклама на Бренд", "Contextual advertising on brand"),
    7: ("Реклама в социальных сетях", "Social media ads"),
    8: ("Мотивированный трафик", "Incentivised traffic"),
    9: ("Toolbar", "Toolbar"),
    14: ("Adult - трафик", "Adult traffic"),
    18: ("Тизерные сети", "Teaser networks"),
    19: ("Youtube Канал", "YouTube channel"),
    20: ("Брокерский трафик", "Brokerage"),
}
ALLOWED_TRAFFICS = {1, 5, 7, 8, 19}
TOOLS = {"deeplink", "coupons", "products", "retag", "lost_orders", "basket_tracking"}
MAX_DEEPLINKS = 200


@endpoint("advcampaigns")
def listing(request: HttpRequest) -> Any:
    known = [campaign for campaign in catalogue.campaigns().values() if campaign.status == "active"]
    for tool in request.GET.getlist("has_tool"):
        if tool not in TOOLS:
            raise bad_request(f"Unknown tool {tool}")
        known = [campaign for campaign in known if _has_tool(campaign, tool)]
    traffic = whole_number(request, "traffic_id")
    if traffic is not None:
        known = [campaign for campaign in known if traffic in _traffics(campaign)]
    website = whole_number(request, "website")
    if website is not None:
        our_website(website)
    page = page_of(request, known)
    rows = [standard(campaign, language(request)) for campaign in page.results]
    return type(page)(rows, page.count, page.limit, page.offset)


@endpoint("advcampaigns")
def one(request: HttpRequest, campaign_id: int) -> Any:
    return standard(_known(campaign_id), language(request))


@endpoint("advcampaigns_for_website")
def website_listing(request: HttpRequest, website_id: int) -> Any:
    our_website(website_id)
    known = list(catalogue.campaigns().values())
    status = request.GET.get("connection_status")
    if status:
        known = [campaign for campaign in known if campaign.connection == status]
    page = page_of(request, known)
    rows = [for_website(campaign, language(request)) for campaign in page.results]
    return type(page)(rows, page.count, page.limit, page.offset)


@endpoint("advcampaigns_for_website")
def website_one(request: HttpRequest, website_id: int, campaign_id: int) -> Any:
    our_website(website_id)
    return for_website(_known(campaign_id), language(request))


@endpoint("deeplink_generator")
def deeplink(request: HttpRequest, website_id: int, campaign_id: int) -> Any:
    our_website(website_id)
    campaign = _known(campaign_id)
    if not (campaign.allows_deeplink and campaign.is_open):
        raise bad_request("The programme has no deeplinks for this ad space")
    targets = request.GET.getlist("ulp")
    if not 1 <= len(targets) <= MAX_DEEPLINKS:
        raise bad_request(f"Between 1 and {MAX_DEEPLINKS} ulp are needed")
    sub_ids = {name: request.GET[name] for name in sales.SUB_IDS if request.GET.get(name)}
    for name, value in sub_ids.items():
        if len(value) > sales.SUB_ID_LENGTHS[name]:
            raise bad_request(f"{name} is longer than {sales.SUB_ID_LENGTHS[name]}")
    return [f"{gotolink(campaign)}?{urlencode({**sub_ids, 'ulp': target})}" for target in targets]


def gotolink(campaign: Campaign) -> str:
    where = config.current()
    return f"{where.url}/g/{catalogue.link_code(campaign, where.website)}/"


def image(campaign: Campaign) -> str:
    if campaign.logo.startswith("//"):
        return config.current().url.removeprefix("http:") + campaign.logo.removeprefix("/")
    return config.current().url + campaign.logo


def category_tree(category_id: int, lang: str) -> dict[str, Any]:
    category = catalogue.categories()[category_id]
    parent = None if category.parent is None else category_tree(category.parent, lang)
    return {"id": category.id, "name": category.name(lang), "language": lang, "parent": parent}


def standard(campaign: Campaign, lang: str) -> dict[str, Any]:
    """A programme as /advcampaigns/ shows it."""
    return {
        **_common(campaign, lang),
        "name_aliases": campaign.slug.replace("-", " "),
        "more_rules": "",
        "rate_of_approve": str(campaign.approval),
        "action_type": campaign.goals[0].type,
        "individual_terms": False,
        "connected": campaign.connection == "active",
    }


def for_website(campaign: Campaign, lang: str) -> dict[str, Any]:
    """A programme as /advcampaigns/website/{w}/ shows it: with rates to reckon with and a link."""
    return {
        **_common(campaign, lang),
        "rate_of_approve": str(campaign.approval),
        "connection_status": campaign.connection,
        "gotolink": gotolink(campaign) if campaign.connection == "active" else "",
        "actions_detail": [_goal_detail(goal) for goal in campaign.goals],
        "moderation": True,
        "feeds_info": [],
        "products_csv_link": None,
        "products_xml_link": None,
    }


def _common(campaign: Campaign, lang: str) -> dict[str, Any]:
    enabled = _traffics(campaign)
    return {
        "id": campaign.id,
        "name": campaign.name,
        "site_url": campaign.site_url,
        "image": image(campaign),
        "status": campaign.status,
        "rating": campaign.rating,
        "currency": campaign.currency,
        "exclusive": campaign.exclusive,
        "description": campaign.description,
        "raw_description": _html(campaign),
        "regions": [{"region": region} for region in campaign.regions],
        "categories": [category_tree(category, lang) for category in campaign.categories],
        "actions": [_goal_display(goal, campaign.currency) for goal in campaign.goals],
        "traffics": [
            {"id": traffic, "name": names[lang == "en"], "enabled": traffic in enabled}
            for traffic, names in TRAFFICS.items()
        ],
        "goto_cookie_lifetime": campaign.cookie_days,
        "avg_hold_time": campaign.hold_days,
        "max_hold_time": campaign.max_hold_days,
        "avg_money_transfer_time": campaign.transfer_days,
        "cr": campaign.cr,
        "cr_trend": "0.0000",
        "ecpc": campaign.ecpc,
        "ecpc_trend": "0.0000",
        "epc": round(campaign.ecpc * 100, 2),
        "epc_trend": "0.0000",
        "activation_date": f"{campaign.launched.isoformat()}T12:00:00",
        "modified_date": f"{max(rate.since for rate in _rates(campaign)).isoformat()}T09:30:00",
        "allow_deeplink": campaign.allows_deeplink,
        "coupon_iframe_denied": False,
        "denynewwms": False,
        "geotargeting": False,
        "landing_code": None,
        "landing_title": None,
        "retag": False,
        "show_products_links": False,
        "tools": sorted(tool for tool in TOOLS if _has_tool(campaign, tool)),
    }


def _goal_display(goal: Goal, currency: str) -> dict[str, Any]:
    return {
        "id": goal.id,
        "name": goal.name,
        "type": goal.type,
        "hold_time": 0,
        "payment_size": payment_size(goal, currency),
    }


def payment_size(goal: Goal, currency: str) -> str:
    """Display text: "7%", "2%-10%", "80RUB"."""
    today = clock.now().date()
    current = [rate for tariff in goal.tariffs for rate in tariff.rates if rate.since <= today]
    shown = sorted({(rate.size, rate.is_percentage) for rate in current})
    texts = [f"{_short(size)}{'%' if percentage else currency}" for size, percentage in shown]
    return texts[0] if len(texts) == 1 else f"{texts[0]}-{texts[-1]}"


def _goal_detail(goal: Goal) -> dict[str, Any]:
    return {
        "id": goal.id,
        "name": goal.name,
        "type": goal.type,
        "hold_size": 0,
        "tariffs": [_tariff_detail(goal, tariff) for tariff in goal.tariffs],
    }


def _tariff_detail(goal: Goal, tariff: Tariff) -> dict[str, Any]:
    return {
        "id": tariff.id,
        "action_id": goal.id,
        "name": tariff.name,
        "rates": [_rate_detail(tariff, rate) for rate in tariff.rates],
    }


def _rate_detail(tariff: Tariff, rate: Rate) -> dict[str, Any]:
    return {
        "id": rate.id,
        "tariff_id": tariff.id,
        "size": f"{rate.size:.2f}",
        "is_percentage": rate.is_percentage,
        "country": rate.country,
        "date_s": rate.since.isoformat(),
        "price_s": f"{rate.min_order:.2f}",
    }


def _html(campaign: Campaign) -> str:
    rules = {
        "ru": ("Запрещено", "контекстная реклама на бренд", "дорвей-трафик"),
        "en": ("Not allowed", "brand bidding", "doorway pages"),
    }[campaign.language]
    forbidden = f"<p><strong>{rules[0]}:</strong></p>\r\n<ul><li>{rules[1]}</li><li>{rules[2]}</li></ul>"
    return f"<p>{campaign.description}</p>\r\n\r\n{forbidden}"


def _rates(campaign: Campaign) -> list[Rate]:
    return [rate for goal in campaign.goals for tariff in goal.tariffs for rate in tariff.rates]


def _traffics(campaign: Campaign) -> set[int]:
    return ALLOWED_TRAFFICS if campaign.allows_cashback else ALLOWED_TRAFFICS - {1, 8}


def _has_tool(campaign: Campaign, tool: str) -> bool:
    if tool == "deeplink":
        return campaign.allows_deeplink
    if tool == "coupons":
        return any(coupon["campaign"] == campaign.slug for coupon in catalogue.coupons())
    return tool == "lost_orders" and campaign.has_lost_orders


def _short(size: Decimal) -> str:
    return f"{size:f}".rstrip("0").rstrip(".") if size else "0"


def _known(campaign_id: int) -> Campaign:
    campaign = catalogue.campaigns().get(campaign_id)
    if campaign is None:
        raise not_found(f"Programme {campaign_id} does not exist")
    return campaign
