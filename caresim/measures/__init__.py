"""MEASURED: tables in, figures out."""
