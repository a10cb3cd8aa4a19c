"""A network account as staff enter it. Credentials go in and never come out again."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from offers.networks.models import NetworkAccount
from offers.networks.registry import NETWORKS, network_class

_CREDENTIAL = "credential_"
# When the network takes claims for missing purchases.
CLAIM_WINDOW = ("claim_after_days", "claim_until_days")


class NewAccountForm(forms.ModelForm):
    network = forms.ChoiceField(
        label=_("Network"),
        choices=[(slug, network.title) for slug, network in NETWORKS.items()],
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = NetworkAccount
        fields = ("network", "name", "base_url", "is_active", *CLAIM_WINDOW)

    def clean(self) -> dict[str, Any]:
        return _checked_window(self, super().clean())


class AccountForm(forms.ModelForm):
    """A field for each credential of the account's network; one that is left empty keeps what is stored."""

    class Meta:
        model = NetworkAccount
        fields = ("name", "base_url", "is_active", *CLAIM_WINDOW)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, is_set in credential_states(self.instance).items():
            if field := self.fields.get(_CREDENTIAL + name):
                field.help_text = _("Set. Leave empty to keep it.") if is_set else _("Not set.")

    def clean(self) -> dict[str, Any]:
        facts = _checked_window(self, super().clean())
        states = credential_states(self.instance)
        if "base_url" in self.changed_data and any(states.values()):
            missing = [name for name in states if not facts.get(_CREDENTIAL + name)]
            if missing:
                self.add_error(
                    "base_url",
                    _("Enter all credentials anew: those that are stored were given for the former address."),
                )
        return facts

    def save(self, commit: bool = True) -> NetworkAccount:
        account: NetworkAccount = self.instance
        entered = {
            name.removeprefix(_CREDENTIAL): value
            for name, value in self.cleaned_data.items()
            if name.startswith(_CREDENTIAL) and value
        }
        if entered:
            account.credentials = account.credentials | entered
        if entered or "base_url" in self.changed_data:
            # The token was given for what stood here before.
            account.access_token = ""
        saved: NetworkAccount = super().save(commit)
        return saved


def _checked_window(form: forms.ModelForm, cleaned: dict[str, Any]) -> dict[str, Any]:
    after, until = (cleaned.get(name) for name in CLAIM_WINDOW)
    if after and until and until < after:
        form.add_error("claim_until_days", _("Claims cannot end before they begin."))
    return cleaned


def credential_states(account: NetworkAccount) -> dict[str, bool]:
    """By the network's credential names, whether each is stored."""
    stored = account.credentials
    return {name: bool(stored.get(name)) for name in network_class(account.network).credential_names}


def credential_fields(network: str) -> list[str]:
    return [_CREDENTIAL + name for name in network_class(network).credential_names]


def account_form(network: str) -> type[AccountForm]:
    """The form for an account at this network."""
    fields: dict[str, object] = {
        _CREDENTIAL + name: forms.CharField(
            label=name.replace("_", " ").capitalize(),
            required=False,
            widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        )
        for name in network_class(network).credential_names
    }
    return type("AccountFormAtNetwork", (AccountForm,), fields)
