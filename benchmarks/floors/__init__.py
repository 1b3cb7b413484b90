"""What the machine permits: each script does one thing with a library alone, and prints how long that took."""
