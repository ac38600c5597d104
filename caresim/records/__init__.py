"""RECORDED: the tables an engine may write, and the folder they live in."""
