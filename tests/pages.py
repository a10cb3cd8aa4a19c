"""Every page of a storefront, in one place: what is proved of all pages is proved of these."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """How a shopper comes to it, and the names of the addresses that it stands for.

    `path` is below the storefront's prefix, or from the site's root where it begins with a slash. {shop} is a shop's
    slug; {checklist} and {unsubscribe} are signed addresses, {case_…} and {rating…} those of tests.support.cases_make.
    From there the first link that has `follow` in it is followed, and then the form whose action has `send_to` in it is
    sent with `send`.
    """

    name: str
    path: str
    stands_for: tuple[str, ...] = ()
    is_for_guests: bool = False
    storefront: str = "acorn"
    follow: str = ""
    send_to: str = ""
    send: tuple[tuple[str, str], ...] = ()
    status: int = 200


def _guests(name: str, path: str, *stands_for: str, status: int = 200, **more: object) -> Page:
    return Page(f"{name}, as a guest", path, stands_for, is_for_guests=True, status=status, **more)


# The demo's storefront without a partner's site around it: its shoppers sign in by e-mail.
TURNKEY = "linden"

PAGES = (
    Page("shops", "", ("shops",)),
    Page("shops, a later page by name", "?sort=name&page=2"),
    Page("shops, nothing found", "?q=qqqqqqqqzz"),
    Page("shops, found", "?q={shop}"),
    Page("a shop", "shops/{shop}/", ("shop",)),
    Page("a shop with everything known", "shops/{rich_shop}/"),
    Page("a shop that is unknown", "shops/no-such-shop/", status=404),
    Page("coupons", "coupons/", ("coupons",)),
    Page("favourites", "favourites/", ("favourites",)),
    Page("my cashback", "me/", ("my-cashback",)),
    Page("a purchase", "me/trips/", ("purchase",), follow="/me/purchases/"),
    Page("my trips", "me/trips/", ("my-trips",)),
    Page("questions", "me/claims/", ("claims",)),
    Page("which purchase is missing", "me/claims/new/", ("claim-choose",)),
    Page("a purchase is missing", "me/claims/new/", ("claim-trip",), follow="/me/claims/new/clk_"),
    Page("a purchase in question", "me/", ("claim-purchase",), follow="/claim/"),
    Page("ask a question", "me/claims/ask/", ("ask",)),
    Page(
        "a conversation",
        "me/claims/ask/",
        ("claim",),
        send_to="/me/claims/ask/",
        send=(("subject", "77-34"), ("text", "77-34?")),  # a shopper's own words are nobody's to translate
    ),
    Page("a claim that the network has", "{case_at_the_shop}"),
    Page("a claim that the shop refused", "{case_refused}"),
    Page("a claim that waits for its shopper", "{case_asking}"),
    Page("a claim that is answered", "{case_answered}"),
    Page("a claim that is rejected", "{case_rejected}"),
    Page("a claim that was taken back", "{case_withdrawn}?done=withdrawn"),
    Page("a claim that is paid", "{case_paid}"),
    Page("questions, some asked", "{case_paid}", follow="/me/claims/"),
    Page("profile", "me/profile/", ("profile",)),
    Page(
        "the code for an e-mail address",
        "me/profile/",
        ("profile-email-code",),
        send_to="/me/profile/email/",
        send=(("email", "alice@shopper.test"),),
    ),
    Page("notices", "me/notices/", ("notice-preferences",)),
    Page("delete my account", "me/delete/", ("delete",)),
    Page("how it works", "how-it-works/", ("how-it-works",)),
    Page("terms", "terms/", ("terms",)),
    Page("a version of the terms", "terms/1/", ("terms-version",)),
    Page("the page before the shop", "shops/{shop}/", ("way-out",), follow="/go/"),
    Page("no such page", "no/such/page/", status=404),
    Page("the checklist of the integration", "{checklist}", ("checklist",)),
    Page("no more letters", "{unsubscribe}", ("unsubscribe",)),
    _guests("shops", ""),
    _guests("a shop", "shops/{shop}/"),
    _guests("coupons", "coupons/"),
    _guests("favourites", "favourites/", status=403),
    _guests("my cashback", "me/", status=403),
    _guests("how did we do?", "{rating}"),
    _guests("how did we do?, answered", "{rating_given}"),
    _guests("how did we do?, too late", "{rating_expired}"),
    _guests("my trips", "me/trips/", status=403),
    _guests("questions", "me/claims/", status=403),
    _guests("profile", "me/profile/", status=403),
    _guests("notices", "me/notices/"),
    _guests("the account is deleted", "goodbye/", "goodbye"),
    _guests("a launch that is refused", "launch?token=worn-out", "launch", status=403),
    _guests("a way out that is refused", "/go/worn-out", "click-out", status=403),
    _guests("the frame's first page", "/embed/boot?storefront=acorn", "boot"),
    _guests("a frame of a storefront that is closed", "/embed/boot?storefront=no-such", status=404),
    _guests("a turnkey storefront", "", storefront=TURNKEY),
    _guests("a turnkey storefront, my cashback", "me/", storefront=TURNKEY, status=403),
    _guests("sign-in", "sign-in/", "sign-in", storefront=TURNKEY),
    _guests(
        "the code to sign in with",
        "sign-in/",
        "sign-in-code",
        storefront=TURNKEY,
        send_to="/sign-in/",
        send=(("email", "guest@shopper.test"),),
    ),
)

# Addresses of a storefront that show no page of their own, and why.
NO_PAGE = {
    "favour": "goes back to the page it came from",
    "guesses": "a few lines below the search field",
    "language": "goes back to the page it came from",
    "shop-terms": "an earlier version of a shop's terms; shops have one until they change them",
    "export": "a file",
    "claim-file": "a file",
    "claim-say": "goes back to the conversation",
    "claim-contest": "goes back to the conversation",
    "claim-withdraw": "goes back to the conversation",
    "profile-email": "goes on to the code",
    "profile-email-remove": "goes back to the profile",
    "profile-email-again": "goes back to the code",
    "sign-in-again": "goes back to the code",
    "sign-out": "goes to the shops",
}
