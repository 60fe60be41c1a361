"""Copydesk: collect news and forums on a schedule, and keep every story once."""
