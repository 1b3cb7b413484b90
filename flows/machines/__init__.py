"""More than one machine: a run's shards, started, watched and braked together."""
