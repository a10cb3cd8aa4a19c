"""`make bench`: ratios within one run, on a database that writes to disk. Nothing here fails CI."""

import argparse
import json
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

    sight.process_sees_all("bench")

    parser = argparse.ArgumentParser()
    parser.add_argument("--repetitions", type=int, default=5)
    repetitions = parser.parse_args().repetitions
    place = town.build()
    comparisons = [shops.run(place, repetitions=repetitions), pages.run(place, repetitions=repetitions)]
    comparisons += roads.run(place, repetitions=repetitions)
    comparisons.append(refresh.run(repetitions=repetitions))
    comparisons.append(webhooks.run(place, repetitions=repetitions))
    comparisons.append(walls.run(place, repetitions=repetitions))
    comparisons.append(desk.run(place, repetitions=repetitions))
    # The last: nobody else measures with so many rates.
    comparisons.append(feed.run(place, repetitions=repetitions))
    for comparison in comparisons:
        print("\n".join(comparison.lines()))
    results = {comparison.title: comparison.as_json() for comparison in comparisons}
    (HERE / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print("\nbench/results.json holds every figure.")


if __name__ == "__main__":
    main()
