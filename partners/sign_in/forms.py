"""What people type to sign in. The services judge it; here it is only short and storable."""

from django import forms


class AddressForm(forms.Form):
    email = forms.CharField(max_length=254)


class CodeForm(forms.Form):
    code = forms.CharField(max_length=20)
