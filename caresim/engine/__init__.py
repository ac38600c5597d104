"""RUN: people drawn, then moved through the network one event at a time."""
