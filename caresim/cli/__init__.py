"""SHOWN: the commands."""
