"""How many machines a flow works on, as its parameter."""

from pydantic import BaseModel, ConfigDict, Field


class FlowMachines(BaseModel):
    """More than one machine for one run; empty for the worker's own alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shards: int = Field(
        1,
        ge=1,
        le=100,
        title="Shards",
        description="Deliver in so many shards, each by a worker of its own on the queue shards, under one rate. Every "
        "worker needs the same exports under the same paths and the same PostgreSQL ledger.",
    )
    dask: str = Field(
        "",
        title="Dask",
        description="Spread the check of many files over a Dask cluster: its scheduler's address, such as "
        "tcp://10.0.0.5:8786, or local for this machine's cores. The reports' folder must be on a disk that all share.",
    )


ALONE = FlowMachines()
"""The worker's own machine alone."""
