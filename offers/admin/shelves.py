"""A storefront's catalogue: what it shows, what it leaves out and what stands first. Every button is a service."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from cashback.lib.admin import StaffAdmin, page_of
from offers import shelving
from offers.models import Category, Shelves
from offers.search.wishes import plain

PERMISSION = "offers.change_cataloguerule"
_SHORTEST_SEARCH = 2


@admin.register(Shelves)
class ShelvesAdmin(StaffAdmin):
    list_display = ["name", "partner", "currency", "rules"]
    list_filter = ["partner"]
    list_select_related = ["partner"]
    search_fields = ["name", "slug", "partner__name"]
    ordering = ["name", "pk"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("catalogue_rules")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description=gettext_lazy("shows"))
    def rules(self, shelves: Shelves) -> str:
        kinds = [rule.kind for rule in shelves.catalogue_rules.all()]
        return _("%(allowed)s shown only · %(denied)s left out · %(pinned)s first") % {
            "allowed": kinds.count("allow") or _("everything"),
            "denied": kinds.count("deny"),
            "pinned": kinds.count("pin"),
        }

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        shelves = self.get_object(request, unquote(object_id))
        if shelves is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, shelves):
            raise PermissionDenied
        if request.method == "POST":
            return self._press_one(request, shelves)
        return TemplateResponse(request, "admin/shelves.html", self._page(request, shelves))

    def _press_one(self, request: HttpRequest, shelves: Shelves) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        try:
            said = _act(shelves, request.POST)
        except shelving.RuleRefused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.log_change(request, shelves, said)
            self.message_user(request, said, messages.SUCCESS)
        return redirect(page_of(Shelves, shelves.pk))

    def _page(self, request: HttpRequest, shelves: Shelves) -> dict[str, Any]:
        text = plain(request.GET.get("q", ""))
        found = shelving.merchants_called(shelves, text) if len(text) >= _SHORTEST_SEARCH else []
        return {
            **self.admin_site.each_context(request),
            "title": _("Catalogue of %(storefront)s") % {"storefront": shelves.name},
            "opts": self.opts,
            "original": shelves,
            "may_change": request.user.has_perm(PERMISSION),
            "count": shelving.count_shown(shelves),
            "previews": shelving.previews(shelves),
            "rules": shelving.rules_of(shelves),
            "text": text,
            "found": found,
            "categories": sorted(Category.objects.all(), key=lambda category: category.name.casefold()),
        }


def _act(shelves: Shelves, pressed: QueryDict) -> str:
    """What is true now, as a sentence. Raises RuleRefused."""
    action, rule = pressed.get("action", ""), _id(pressed.get("rule"))
    if action == "everything":
        shelving.show_everything(storefront=shelves)
        return _("The storefront shows everything but what is left out.")
    if action == "set":
        count = shelving.show_only(storefront=shelves, name=pressed.get("set", ""))
        return ngettext(
            "The storefront shows %(count)s shop of this set.",
            "The storefront shows %(count)s shops of this set.",
            count,
        ) % {"count": count}
    if action == "remove" and rule:
        shelving.remove_rule(storefront=shelves, rule_id=rule)
        return _("The rule is gone.")
    if action in ("up", "down") and rule:
        shelving.move_pin(storefront=shelves, rule_id=rule, up=action == "up")
        return _("The order is changed.")
    made = shelving.add_rule(
        storefront=shelves,
        kind=action,
        merchant_id=_id(pressed.get("merchant")),
        category_id=_id(pressed.get("category")),
    )
    return _("From now on: %(rule)s.") % {"rule": made}


def _id(text: str | None) -> uuid.UUID | None:
    """None for anything that is no id."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
