"""What a run leaves for people: results, rejects, summary, page."""
