"""caresim: a discrete-event simulation of a whole local health-and-care system."""

__version__ = "0.1.0"
