"""What shoppers change about themselves."""

from django import forms
from django.conf import settings


class LanguageForm(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES)


class ErasureForm(forms.Form):
    """Beside it come the answers to the rooms' questions, which they themselves judge."""

    is_sure = forms.BooleanField()
