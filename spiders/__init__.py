"""Scrapy side of Copydesk: one generic spider driven by declarations, run as a child process."""
