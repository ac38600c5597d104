"""SHOWN: tables, figures and pages made from a results folder."""
