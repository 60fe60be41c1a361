"""Captures: WARC files written by warcio, read by FastWARC, indexed by CDXJ lines."""
