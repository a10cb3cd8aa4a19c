"""The cookie attribute `Partitioned`, which Django 5.2 and Python before 3.14 do not know. In a frame of another site's
page a browser keeps no cookie without it. To be deleted with Python 3.14."""

from http import cookies

from django.http import HttpResponse

cookies.Morsel._reserved.setdefault("partitioned", "Partitioned")
cookies.Morsel._flags.add("partitioned")


def partition(response: HttpResponse, name: str) -> None:
    """The cookie is kept apart for each site that shows us in a frame."""
    response.cookies[name]["partitioned"] = True
