"""The check of a run, before any call: exports opened, mapped, repaired, checked, kept in the spool."""
