"""COMPILED: the declared system with nothing left to default or look up."""
