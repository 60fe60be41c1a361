"""Accounts that must add up, and what a run has to say."""
