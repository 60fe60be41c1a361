"""`python -m pipeline.cli`: the same as `copydesk`."""

from pipeline.cli import main

main()
