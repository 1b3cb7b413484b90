"""Saves the blocks that the tests name; a script: key, base URL of the API, address to notify."""

import sys

from straitsx_bulk.flows.blocks import StraitsXCredentials, StraitsXSettings
from straitsx_bulk.flows.orchestration.flow_options import FlowOptions

from prefect.blocks.notifications import CustomWebhookNotificationBlock  # isort: skip


def _main() -> None:
    key, base_url, address = sys.argv[1:]
    StraitsXCredentials(api_key=key).save("acct")
    StraitsXSettings(options=FlowOptions(env="local", base_url=base_url, rate=20)).save("shared")
    told = {"subject": "{{subject}}", "body": "{{body}}"}
    CustomWebhookNotificationBlock(name="ops", url=address, json_data=told).save("ops")


if __name__ == "__main__":
    _main()
