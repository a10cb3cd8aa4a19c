"""The demo's listener hears at the sandbox's present address, wherever that was before and whoever switched it off."""

from cashback.seeds import hooks
from partners.webhooks import services


def test_the_listener_moves_with_the_sandbox(acorn, at):
    secret = hooks.listen("http://localhost:8001")
    assert hooks.listen("http://localhost:9001") == secret
    assert hooks.listen("http://localhost:8001") == secret
    [endpoint] = acorn.partner.webhook_endpoints.kept()
    assert endpoint.url == "http://localhost:8001/host/acorn/hooks"


def test_it_is_switched_on_again_and_made_anew(acorn, at):
    hooks.listen("http://localhost:8001")
    [endpoint] = acorn.partner.webhook_endpoints.kept()
    services.change(endpoint=endpoint, is_enabled=False, at=at)
    hooks.listen("http://localhost:8001")
    endpoint.refresh_from_db()
    assert endpoint.is_enabled
    services.delete(endpoint=endpoint, at=at)
    hooks.listen("http://localhost:8001")
    assert acorn.partner.webhook_endpoints.kept().count() == 1
