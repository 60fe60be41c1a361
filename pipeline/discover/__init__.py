"""Bytes of feeds, sitemaps and listings -> the texts that they name. No network here."""
