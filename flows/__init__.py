"""What happens, in order: command line, settings, Prefect flows, delivery."""
