"""DECLARED: what someone wrote, as frozen objects that have been checked."""
