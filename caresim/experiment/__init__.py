"""MANY: replications side by side on all cores, and what they leave behind."""
