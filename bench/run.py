"""`make bench`: ratios within one run, on a database that writes to disk. Nothing here fails CI."""

import argparse
import json
import logging
import os
import sys
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cashback.settings")


def main() -> None:
    import django

    django.setup()
    from bench import desk, feed, pages, refresh, roads, shops, town, walls, webhooks
    from bench.measure import Comparison
    from cashback.lib import sight

    logging.disable(logging.INFO)
    sight.process_sees_all("bench")

    parser = argparse.ArgumentParser()
    parser.add_argument("--repetitions", type=int, default=5)
    repetitions = parser.parse_args().repetitions
    place = town.build()
    comparisons: list[Comparison] = []
    for measure in (
        partial(shops.run, place),
        partial(pages.run, place),
        partial(roads.run, place),
        refresh.run,
        partial(webhooks.run, place),
        partial(walls.run, place),
        partial(desk.run, place),
        # The last: nobody else measures with so many rates.
        partial(feed.run, place),
    ):
        found = measure(repetitions=repetitions)
        for comparison in found if isinstance(found, list) else [found]:
            comparisons.append(comparison)
            print("\n".join(comparison.lines()), flush=True)
    results = {comparison.title: comparison.as_json() for comparison in comparisons}
    (HERE / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print("\nbench/results.json holds every figure.")


if __name__ == "__main__":
    main()
