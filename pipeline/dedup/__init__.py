"""One story once: signatures, candidates, verification, containers, clusters, canonical documents."""
