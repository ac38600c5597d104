"""Pictures drawn with matplotlib: a module for each kind of thing shown, all on one canvas."""
