"""The read side of a corpus: always pinned to one version."""
