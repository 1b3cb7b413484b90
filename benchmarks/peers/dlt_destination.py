"""dlt with a custom destination that creates the profiles of a batch. ``deliver EXPORT OUT URL``."""
# mypy: disable-error-code="import-not-found,untyped-decorator,misc"
# dlt is installed in this script's own environment only

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import httpx

from benchmarks.peers.reading import read_bodies
from benchmarks.peers.sending import create_profile, open_client


@dlt.resource(name="profiles", max_table_nesting=0)
def list_profiles(export: Path) -> Iterator[dict[str, object]]:
    """Give the bodies of the rows that pass."""
    yield from read_bodies(export)


def make_destination(client: httpx.Client) -> Any:
    """Make the destination; dlt calls it with one batch after another and remembers which are done."""

    @dlt.destination(
        batch_size=100,
        loader_file_format="typed-jsonl",
        name="straitsx",
        naming_convention="direct",
        skip_dlt_columns_and_tables=True,
        max_table_nesting=0,
    )
    def create_profiles(items: list[dict[str, object]], table: dict[str, object]) -> None:  # noqa: ARG001 - dlt's form
        for item in items:
            create_profile(client, item)

    return create_profiles


def main(export: Path, url: str) -> None:
    """Run the pipeline; its state stays in this folder."""
    with open_client(url) as client:
        pipeline = dlt.pipeline("profiles", pipelines_dir="dlt", destination=make_destination(client))
        pipeline.run(list_profiles(export)).raise_on_failed_jobs()


if __name__ == "__main__":
    main(Path(sys.argv[2]), sys.argv[4])
