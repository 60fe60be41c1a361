"""Captures -> documents: threads by forum engines, digests by their inner headlines, articles by trafilatura."""
