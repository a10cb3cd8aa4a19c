import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

# What the source is written in.
_SOURCE = "en"
# Programs of their own with their own words, and what neither shoppers nor staff see.
_IGNORED = ["cashback/sandbox/*", "tests/*", "bench/*", "docs/*"]
_STAMP = re.compile(rb'^"POT-Creation-Date:.*\n', re.MULTILINE)


class Command(BaseCommand):
    """Needs GNU gettext. What it compiles is committed, so that nothing else does."""

    help = "Collects what the source says and compiles the translations. --check changes nothing and only compares."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail when a file here would change")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        problems = []
        for texts in sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/django.po")):
            if texts.parent.parent.name != _SOURCE:
                problems += self._renew(texts, check=check)
        if problems:
            raise CommandError("\n".join(problems))

    def _renew(self, texts: Path, *, check: bool) -> list[str]:
        """What is wrong with one language's file, once it has been collected and compiled anew."""
        compiled = texts.with_suffix(".mo")
        before = {path: path.read_bytes() if path.exists() else b"" for path in (texts, compiled)}
        try:
            _collect(texts, before[texts])
            _gettext("msgfmt", "--check", "-o", compiled, texts)
            problems = [f"{texts.parent.parent.name}: {text}" for text in _untranslated(texts)]
            if check:
                stale = [path for path in before if path.read_bytes() != before[path]]
                problems += [f"{path} is out of date: run `make messages`." for path in stale]
        finally:
            if check:
                for path, content in before.items():
                    path.write_bytes(content)
        return problems


def _collect(texts: Path, before: bytes) -> None:
    call_command(
        "makemessages",
        locale=[texts.parent.parent.name],
        ignore_patterns=_IGNORED,
        no_obsolete=True,
        add_location="file",
        verbosity=0,
    )
    # A new time stamp alone is no change.
    if _STAMP.sub(b"", texts.read_bytes()) == _STAMP.sub(b"", before):
        texts.write_bytes(before)


def _untranslated(texts: Path) -> Iterator[str]:
    for kind in ("--untranslated", "--only-fuzzy"):
        for line in _gettext("msgattrib", kind, "--no-obsolete", "--no-wrap", texts).splitlines():
            if line.startswith("msgid ") and line != 'msgid ""':
                yield f"{kind.removeprefix('--')}: {line.removeprefix('msgid ')}"


def _gettext(program: str, *arguments: str | Path) -> str:
    path = shutil.which(program)
    if path is None:
        raise CommandError("GNU gettext is not installed: apt-get install gettext.")
    done = subprocess.run([path, *arguments], capture_output=True, text=True)  # noqa: S603 - our own arguments
    if done.returncode:
        raise CommandError(done.stderr)
    return done.stdout
