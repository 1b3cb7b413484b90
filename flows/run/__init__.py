"""Whole runs, from a request to its reports, dead runs' and reconciliations' included."""
