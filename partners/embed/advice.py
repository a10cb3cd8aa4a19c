"""What an integrator has to do about each refusal, in words that can be followed."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_FIXES: dict[str, str | Promise] = {
    "token_missing": _(
        'Your page handed over no launch token. Let your server make one and answer {"launch_token": "…"}, and check '
        "that fetchLaunchToken, or the address in token-url, returns it."
    ),
    "token_invalid": _(
        "Make the token with POST /api/v1/embed-sessions and hand it over unchanged. If you sign it yourself: HS256 "
        "with the sign-on secret in use now, iss is your partner name, aud is “cashback”, and sub, jti, iat and exp "
        "are all there."
    ),
    "token_spent": _(
        "A token signs on once. Ask for a new one at every load of your page and whenever fetchLaunchToken is called; "
        "keep none in a cache, in a template or in a browser."
    ),
    "token_expired": _(
        "A token lives for 120 seconds. Make it at the moment when fetchLaunchToken is called, not when your page is "
        "built."
    ),
    "token_early": _("Your server's clock runs ahead of ours. Set it by NTP."),
    "token_too_long": _("Set exp to at most 120 seconds after iat."),
    "token_foreign": _(
        "Ask for a token of this storefront: send “storefront” with the name that your page shows."
    ),
    "token_wrong_origin": _(
        "The token was made with another return_origin. Send the origin of the page that shows the storefront, or none."
    ),
    "origin_not_listed": _(
        "Your page's origin may not show this storefront. Ask us to add exactly this origin to its embed origins: "
        "https://, the host name, and the port if there is one."
    ),
    "not_in_pilot": _(
        "The storefront is on trial. Ask us to add this shopper id to its pilot list, or to open it."
    ),
    "shopper_erased": _("This shopper had their account deleted. Use another shopper id."),
    "no_token_source": _(
        "Give the element a token-url attribute, or set its fetchLaunchToken property, before it is shown."
    ),
    "token_source_failed": _(
        "Your page could not fetch a launch token from your server. Open the address in token-url while signed in: it "
        'must answer 200 with {"launch_token": "…"}.'
    ),
    "host_silent": _(
        "Nobody around this frame answered. Load /embed/v1.js in your page and let it make the frame; do not write "
        "the iframe yourself."
    ),
    "storefront_closed": _("This storefront is closed, or its name is wrong. Ask us which name to use."),
}


def fix(code: str) -> str | Promise:
    """What to do about it; "" where there is nothing to do."""
    return _FIXES.get(code, "")
