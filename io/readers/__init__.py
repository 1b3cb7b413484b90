"""Reads exports: delimited text and workbooks become batches of text."""
