"""What a shard of a run is, and how shards are put together again."""
