"""`make bench`: ratios within one run, on a database that writes to disk. Nothing here fails CI."""

import argparse
import json
import logging
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cashback.settings")


def main() -> None:
    import django

    django.setup()
    from bench import desk, feed, pages, refresh, roads, shops, town, walls, webhooks
    from cashback.lib import sight

    logging.disable(logging.INFO)
    sight.process_sees_all("bench")

    benches = {
        "shops": shops.run,
        "pages": pages.run,
        "click_out": roads.click_out,
        "postback": roads.postback,
        "refresh": refresh.run,
        "webhooks": webhooks.run,
        "walls": walls.run,
        "desk": desk.run,
        # The last: nobody else measures with so many rates.
        "feed": feed.run,
    }
    parser = argparse.ArgumentParser()
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=benches, default=list(benches), metavar="BENCH")
    asked = parser.parse_args()
    place = town.build()
    results = {}
    for name, measure in benches.items():
        if name in asked.only:
            comparison = measure(place, repetitions=asked.repetitions)
            results[comparison.title] = comparison.as_json()
            print("\n".join(comparison.lines()), flush=True)
    (HERE / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print("\nbench/results.json holds these figures.")


if __name__ == "__main__":
    main()
