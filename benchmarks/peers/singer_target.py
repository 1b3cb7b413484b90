"""A Singer target on singer-sdk; the tap is this script too. ``deliver EXPORT OUT URL``."""
# mypy: disable-error-code="import-not-found,misc"
# singer-sdk is installed in this script's own environment only

import io
import json
import sys
from pathlib import Path
from typing import Any

from singer_sdk import RecordSink, Target
from singer_sdk import typing as th

from benchmarks.peers.reading import read_bodies
from benchmarks.peers.rules import PATTERNS, USD
from benchmarks.peers.sending import create_profile, open_client

STREAM = "profiles"
PARAMETERS = sorted({name for name in (*PATTERNS, *USD) if "." not in name})


class ProfileSink(RecordSink):
    """Creates a profile for each record."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._client = open_client(self.config["url"])

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:  # noqa: ARG002 - the SDK's form
        """Create one."""
        create_profile(self._client, record)


class ProfileTarget(Target):
    """The target."""

    name = "target-straitsx"
    config_jsonschema = th.PropertiesList(th.Property("url", th.StringType, required=True)).to_dict()
    default_sink_class = ProfileSink


def write_messages(export: Path) -> io.StringIO:
    """Play the tap: one schema, one record for each row that passes."""
    text = {"type": ["string", "null"]}
    properties = dict.fromkeys(PARAMETERS, text) | {"address": {"type": ["object", "null"]}}
    schema = {"type": "object", "properties": properties}
    messages = io.StringIO()
    print(json.dumps({"type": "SCHEMA", "stream": STREAM, "schema": schema, "key_properties": []}), file=messages)
    for body in read_bodies(export):
        print(json.dumps({"type": "RECORD", "stream": STREAM, "record": body}), file=messages)
    messages.seek(0)
    return messages


def main(export: Path, url: str) -> None:
    """Pass the tap's messages to the target."""
    ProfileTarget(config={"url": url, "add_record_metadata": False}).listen(write_messages(export))


if __name__ == "__main__":
    main(Path(sys.argv[2]), sys.argv[4])
