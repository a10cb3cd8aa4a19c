#!/usr/bin/env python
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cashback.settings")
    from django.core.management import execute_from_command_line

    from cashback.lib import sight

    sight.process_sees_all(" ".join(sys.argv[:2]))

    execute_from_command_line(sys.argv)
