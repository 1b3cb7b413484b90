"""What Prefect runs, is told and shows."""
