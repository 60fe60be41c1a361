"""Prefect side of Copydesk: thin flows over the stages."""
