"""Retries, but never against a server that says when it wants to be asked again."""

from __future__ import annotations

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response

__all__ = ["PatientRetry"]


class PatientRetry(RetryMiddleware):
    """Scrapy's retries, except for answers with Retry-After: the frontier keeps that time."""

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        if response.headers.get("Retry-After") or response.status == 429:
            return response
        return super().process_response(request, response)
