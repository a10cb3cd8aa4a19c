import uuid

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from cashback.lib import ids
from transactions.models import Click


class AttributeForm(forms.Form):
    """Which click a waiting sale came from: a click's public id, or the sub-id that networks carry."""

    click = forms.CharField(
        label=_("Click"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget(
            attrs={"placeholder": "clk_01jd3k8v7nf2sr5xq9wz4tm6hb", "size": 34}
        ),
    )

    def clean_click(self) -> Click:
        text: str = self.cleaned_data["click"].strip().lower()
        try:
            click_id: uuid.UUID = ids.from_suffix(text) if "_" not in text else ids.from_public("clk", text)
        except ids.InvalidId as error:
            raise forms.ValidationError(
                _("This is no click's id; one looks like clk_01jd3k8v7nf2sr5xq9wz4tm6hb.")
            ) from error
        click = Click.objects.filter(pk=click_id).first()
        if click is None:
            raise forms.ValidationError(_("There is no such click."))
        return click


class EvidenceForm(forms.Form):
    """What the script of the page before the shop found: whether the bait was blocked."""

    blocker = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")], coerce=lambda answer: answer == "yes"
    )
