"""The command line: words and files in, exit statuses, tables and sentences out."""
