"""What has been done, and what is under way."""
