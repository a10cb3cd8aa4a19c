"""The staff themselves, in the same dress as everything else. Only superusers come here."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from cashback.lib.walls import HOUSE, Walled
from partners.models import StaffReach

admin.site.unregister(User)
admin.site.unregister(Group)


class ReachInline(StackedInline):
    """With one, they see the rows of its partners alone; without, of all."""

    model = StaffReach
    filter_horizontal = ["partners"]
    extra = 0
    verbose_name_plural = _("Works for these partners only")


@admin.register(User)
class UserAdmin(Walled, DjangoUserAdmin, ModelAdmin):
    """Rights come by group, so that one can read who may do what."""

    wall = HOUSE

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Personal info"), {"fields": [("first_name", "last_name"), "email"]}),
        (_("Permissions"), {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        (_("Important dates"), {"fields": [("last_login", "date_joined")]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    inlines = [ReachInline]
    filter_horizontal = []


@admin.register(Group)
class GroupAdmin(Walled, DjangoGroupAdmin, ModelAdmin):
    wall = HOUSE
    filter_horizontal = []
