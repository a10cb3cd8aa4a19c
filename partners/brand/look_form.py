"""The editor's form: a field for every token, for every text in every language, and for the logos."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from partners import theme
from partners.brand import images, texts
from partners.models import BrandImage, Storefront
from partners.theme import grammar
from partners.theme.derive import is_dark
from partners.theme.names import CHOICE_NAMES, TOKEN_NAMES

_TEXT_LABELS: dict[str, str | Promise] = {
    texts.Name.NAME: _("Name"),
    texts.Name.HEADLINE: _("Headline of the shops page"),
    texts.Name.HOW_IT_WORKS: _("How it works, in your own words"),
    texts.Name.SUPPORT: _("Support contact"),
}
# What a prefix means: the theme's own colours, those of its other mode, and what is not colour.
OWN, OTHER, LAYOUT = "own-", "other-", "layout-"


class LogoField(forms.FileField):
    """An upload as its bytes, once they are known to be a logo that we can draw."""

    def clean(self, data: Any, initial: Any = None) -> bytes | None:
        file = super().clean(data, initial)
        if not file:
            return None
        content: bytes = file.read(images.LARGEST_FILE + 1)
        try:
            images.check(content)
        except images.ImageRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return content


class LookForm(forms.Form):
    has_light_mode = forms.BooleanField(
        label=_("A light mode too"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_("For a theme that is dark by itself. A light theme always has a dark mode."),
    )

    def __init__(self, *args: Any, storefront: Storefront, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.storefront = storefront
        for prefix in (OWN, OTHER):
            for name in grammar.PALETTE:
                is_required = prefix == OWN and name in grammar.COLOURS
                self.fields[prefix + name] = forms.CharField(
                    label=TOKEN_NAMES[name],
                    required=is_required,
                    max_length=7,
                    widget=UnfoldAdminTextInputWidget(
                        attrs={"data-colour": name, "spellcheck": "false", "autocomplete": "off"}
                    ),
                )
        for name, choices in {**grammar.CHOICES, **_length_choices()}.items():
            self.fields[LAYOUT + name] = forms.ChoiceField(
                label=TOKEN_NAMES[name],
                choices=[(value, CHOICE_NAMES.get(value, value)) for value in choices],
                widget=UnfoldAdminSelectWidget,
            )
        for name in texts.Name:
            for code, _language in settings.LANGUAGES:
                rows = 8 if name == texts.Name.HOW_IT_WORKS else 2
                self.fields[f"text-{name}-{code}"] = forms.CharField(
                    label=_TEXT_LABELS[name],
                    required=False,
                    max_length=texts.LONGEST[name],
                    widget=UnfoldAdminTextareaWidget(attrs={"lang": code, "rows": rows}),
                )
        for kind in BrandImage.Kind:
            self.fields[f"file-{kind}"] = LogoField(
                label=kind.label,
                required=False,
                widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
            )
            self.fields[f"without-{kind}"] = forms.BooleanField(
                label=_("Remove it"), required=False, widget=UnfoldBooleanWidget
            )

    def clean(self) -> dict[str, Any]:
        """The grammar of every token; how the colours go together is said by `problems`."""
        facts = super().clean() or {}
        for field in list(facts):
            if not field.startswith((OWN, OTHER)) or not facts[field]:
                continue
            if not grammar.is_valid(field.partition("-")[2], facts[field]):
                self.add_error(field, _("A colour is # and six digits, such as #1f5fbf."))
        return facts

    @property
    def tokens(self) -> dict[str, Any]:
        """The theme that the valid form describes."""
        facts = self.cleaned_data
        made: dict[str, Any] = _named(facts, OWN)
        for name, (ours, *_others) in {**grammar.CHOICES, **_length_choices()}.items():
            if facts[LAYOUT + name] != _ours(name, ours):
                made[name] = facts[LAYOUT + name]
        other = _named(facts, OTHER)
        if is_dark(grammar.COLOURS | made):
            if other or facts["has_light_mode"]:
                made["light"] = other
        elif other:
            made["dark"] = other
        return made

    @property
    def problems(self) -> list[str]:
        """Why these colours would be refused, in words; none if they would not."""
        try:
            theme.validate(self.tokens)
        except forms.ValidationError as refusal:
            return list(refusal.messages)
        return []

    @property
    def words(self) -> dict[tuple[str, str], str]:
        return {
            (name, code): self.cleaned_data[f"text-{name}-{code}"]
            for name in texts.Name
            for code, _language in settings.LANGUAGES
        }

    @property
    def logos(self) -> dict[str, bytes]:
        files = {kind: self.cleaned_data[f"file-{kind}"] for kind in BrandImage.Kind}
        return {kind: content for kind, content in files.items() if content}

    @property
    def without(self) -> list[str]:
        return [kind for kind in BrandImage.Kind if self.cleaned_data[f"without-{kind}"]]

    # What the page shows, group by group.

    def own_colours(self) -> Iterator[BoundField]:
        return (self[OWN + name] for name in grammar.COLOURS)

    def worked_out_colours(self) -> Iterator[BoundField]:
        return (self[OWN + name] for name in grammar.WORKED_OUT)

    def other_colours(self) -> Iterator[BoundField]:
        return (self[OTHER + name] for name in grammar.PALETTE)

    def layout(self) -> Iterator[BoundField]:
        return (self[name] for name in self.fields if name.startswith(LAYOUT))

    def said(self) -> Iterator[tuple[str | Promise, list[tuple[str, BoundField]]]]:
        for name in texts.Name:
            yield (
                _TEXT_LABELS[name],
                [(language, self[f"text-{name}-{code}"]) for code, language in settings.LANGUAGES],
            )

    def images(self) -> Iterator[tuple[BoundField, BoundField, dict[str, Any] | None]]:
        worn = self.storefront.dress.get("logos", {})
        for kind in BrandImage.Kind:
            yield self[f"file-{kind}"], self[f"without-{kind}"], worn.get(kind)


def beginning(storefront: Storefront, tokens: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The form's fields as saved, or with another theme's tokens."""
    tokens = storefront.theme if tokens is None else tokens
    said = texts.own(storefront)
    fields = {f"text-{name}-{language}": text for (name, language), text in said.items()}
    return fields | of_tokens(tokens)


def of_tokens(tokens: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a theme, every one of them: what is not named is what it stands for."""
    other = tokens.get("dark", tokens.get("light", {}))
    fields: dict[str, Any] = {"has_light_mode": "light" in tokens}
    for name in grammar.PALETTE:
        fields[OWN + name] = tokens.get(name, grammar.COLOURS.get(name, ""))
        fields[OTHER + name] = other.get(name, "")
    for name, (ours, *_others) in {**grammar.CHOICES, **_length_choices()}.items():
        fields[LAYOUT + name] = tokens.get(name, _ours(name, ours))
    return fields


def _named(facts: Mapping[str, Any], prefix: str) -> dict[str, str]:
    named = ((name, facts[prefix + name]) for name in grammar.PALETTE)
    return {name: value.lower() for name, value in named if value}


def _length_choices() -> dict[str, list[str]]:
    """Lengths to choose among; any other that the grammar allows may come with an import of tokens."""
    return {
        name: [*grammar.length_words(name), *(f"{pixels}px" for pixels in range(least, most + 1))]
        for name, (least, most, _ours) in grammar.LENGTHS.items()
    }


def _ours(name: str, first: str) -> str:
    return grammar.LENGTHS[name][2] if name in grammar.LENGTHS else first
