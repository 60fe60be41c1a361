"""Object storage on S3 and compatible servers, by boto3.

Every put is a single request under `If-None-Match: *`, the only condition that AWS, Ceph and others agree on. After a
failure whose effect is not known, the object is read back before anything is decided.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    ResponseStreamingError,
)

from pipeline.errors import ConfigError, ConflictError, StoreError, TransientStoreError
from pipeline.settings import S3Settings

__all__ = ["S3Reader", "S3Store"]

_LOG = logging.getLogger(__name__)
_SHA256 = "sha256"
_RANGE = 8 * 2**20
_UNDECIDED, _EXISTS = 409, 412
_CREDENTIALS = (
    "AccessDenied", "ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
)  # fmt: skip

_UNREACHED = (ConnectTimeoutError, EndpointConnectionError, HTTPClientError, IncompleteReadError)

_Answer = TypeVar("_Answer")


class S3Store:
    """Objects below a prefix of a bucket; credentials come from boto3's own chain.

    Raises:
        ConfigError: no credentials, refused ones, or no such bucket; a person has to mend that.
        TransientStoreError: the server cannot be reached, or failed again and again.
    """

    def __init__(self, bucket: str, prefix: str, settings: S3Settings) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._settings = settings
        try:
            self._session = boto3.Session(region_name=settings.region)
            self._client = self._session.client("s3", endpoint_url=settings.endpoint_url, config=_config(settings))
        except (BotoCoreError, ValueError) as error:
            raise ConfigError(f"store {self.address}: {error}; mend the AWS profile or COPYDESK_S3__…") from error

    @property
    def address(self) -> str:
        """Where the store is, for people."""
        at = f" at {self._settings.endpoint_url}" if self._settings.endpoint_url else ""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/") + at

    @property
    def table_root(self) -> str:
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    @property
    def table_options(self) -> dict[str, str]:
        options = {
            "aws_region": self._settings.region,
            "timeout": f"{self._settings.timeout_s}s",
            "connect_timeout": f"{self._settings.timeout_s}s",
            "max_retries": str(self._settings.retries),
            "retry_timeout": f"{(self._settings.retries + 1) * self._settings.timeout_s}s",
        }
        if self._settings.endpoint_url:
            options |= {"aws_endpoint_url": self._settings.endpoint_url, "aws_virtual_hosted_style_request": "false"}
            options |= {"allow_http": str(self._settings.endpoint_url.startswith("http://")).lower()}
        found = self._session.get_credentials()
        if found is not None:  # delta-rs knows neither profiles nor the other places where boto3 looks
            keys = found.get_frozen_credentials()
            options |= {"aws_access_key_id": keys.access_key or "", "aws_secret_access_key": keys.secret_key or ""}
            options |= {"aws_session_token": keys.token} if keys.token else {}
        return options

    def put(self, key: str, data: bytes) -> None:
        self._put(key, lambda: io.BytesIO(data), hashlib.sha256(data).hexdigest())

    def put_file(self, key: str, path: Path) -> None:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, _SHA256).hexdigest()
        self._put(key, lambda: path.open("rb"), digest)

    def get(self, key: str) -> bytes:
        buffer = io.BytesIO()
        self._download(key, buffer)
        return buffer.getvalue()

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        if length <= 0:
            return b""
        buffer = io.BytesIO()
        with contextlib.suppress(_RangeBeyondEndError):
            self._download(key, buffer, Range=f"bytes={offset}-{offset + length - 1}")
        return buffer.getvalue()

    @contextlib.contextmanager
    def fetch(self, key: str) -> Iterator[Path]:
        with tempfile.NamedTemporaryFile(prefix="copydesk-") as file:
            self._download(key, file)
            file.flush()
            yield Path(file.name)

    def reader(self, key: str) -> S3Reader:
        """An object from its beginning to its end, in ranges, however large it is."""
        return S3Reader(self, key)

    def keys(self, prefix: str, *, after: str = "") -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix, **({"StartAfter": self._prefix + after} if after else {})
        )
        reading = iter(pages)
        while (page := self._ask(prefix, lambda: next(reading, None))) is not None:
            yield from (found["Key"].removeprefix(self._prefix) for found in page.get("Contents", ()))

    def exists(self, key: str) -> bool:
        return self._head(key) is not None

    def delete(self, key: str) -> None:
        self._ask(key, lambda: self._client.delete_object(Bucket=self._bucket, Key=self._prefix + key))

    def _put(self, key: str, body: Callable[[], IO[bytes]], digest: str) -> None:
        """Create an object. botocore tries again what may pass; a race that the server left undecided is tried here."""
        for attempt in range(self._settings.retries + 1):
            try:
                with body() as data:
                    place = {"Bucket": self._bucket, "Key": self._prefix + key}
                    self._client.put_object(**place, Body=data, IfNoneMatch="*", Metadata={_SHA256: digest})
            except (ClientError, BotoCoreError) as error:
                if self._is_stored(key, digest, error):
                    return
                if _status(error) != _UNDECIDED or attempt == self._settings.retries:
                    raise self._explain(key, error) from error
                _pause(attempt)
            else:
                return

    def _is_stored(self, key: str, digest: str, error: ClientError | BotoCoreError) -> bool:
        """Whether the bytes are there in spite of the error; other bytes are another writer's."""
        failed = self._explain(key, error)
        if _status(error) not in (_UNDECIDED, _EXISTS) and not isinstance(failed, TransientStoreError):
            raise failed from error
        stored = self._stored_digest(key)
        if stored not in (None, digest):
            raise ConflictError(f"object {key} exists with other bytes; another writer was first") from error
        return stored == digest

    def _stored_digest(self, key: str) -> str | None:
        head = self._head(key)
        if head is None:
            return None
        return head["Metadata"].get(_SHA256) or hashlib.sha256(self.get(key)).hexdigest()

    def _head(self, key: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._ask(
                key, lambda: self._client.head_object(Bucket=self._bucket, Key=self._prefix + key)
            )
        except KeyError:
            return None
        return found

    def _download(self, key: str, file: IO[bytes], **more: str) -> None:
        for attempt in range(self._settings.retries + 1):
            try:
                self._download_once(key, file, more)
            except (IncompleteReadError, ResponseStreamingError, ReadTimeoutError) as error:
                # boto3 tries again what failed before the body began; a body that breaks off is for us.
                if attempt == self._settings.retries:
                    raise self._explain(key, error) from error
                _LOG.info("object %s broke off (%s), reading it again", key, error)
                _pause(attempt)
            except (ClientError, BotoCoreError) as error:
                raise self._explain(key, error) from error
            else:
                return

    def _download_once(self, key: str, file: IO[bytes], more: Mapping[str, str]) -> None:
        file.seek(0)
        file.truncate()
        answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key, **more)
        with contextlib.closing(answer["Body"]) as body:
            shutil.copyfileobj(body, file, 2**20)

    def _ask(self, key: str, call: Callable[[], _Answer]) -> _Answer:
        try:
            return call()
        except (ClientError, BotoCoreError) as error:
            raise self._explain(key, error) from error

    def _explain(self, key: str, error: ClientError | BotoCoreError) -> Exception:
        """The error of ours that says what a person, or the caller, should do."""
        if isinstance(error, NoCredentialsError | PartialCredentialsError | ProfileNotFound):
            return ConfigError(
                f"store {self.address}: {error}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or an AWS profile"
            )
        if not isinstance(error, ClientError):
            if isinstance(error, _UNREACHED):
                return TransientStoreError(
                    f"store {self.address} cannot be reached for {key}: {error}; "
                    "check the address and the server, then run again, nothing was lost"
                )
            return StoreError(f"object {key} in {self.address}: {error}; check the store, then run again")
        code, status = str(error.response.get("Error", {}).get("Code", "")), _status(error)
        if code == "NoSuchBucket":
            return ConfigError(
                f"store {self.address}: bucket {self._bucket!r} does not exist; create it, or mend `store`"
            )
        if code in _CREDENTIALS or status in (401, 403):
            return ConfigError(
                f"store {self.address} refused these credentials ({code or status}); check AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY and what they may do with the bucket"
            )
        if status == 404:
            return KeyError(key)
        if status == 416:
            return _RangeBeyondEndError(f"object {key} in {self.address} ends before that range")
        if status >= 500 or status == 429:
            return TransientStoreError(
                f"store {self.address} failed for {key} ({status} {code}); run again when it is well, nothing was lost"
            )
        return StoreError(f"object {key} in {self.address}: {error}; check the store, then run again")


class S3Reader:
    """The bytes of an object in order; one range at a time is in memory."""

    def __init__(self, store: S3Store, key: str) -> None:
        self._store = store
        self._key = key
        self._offset = 0
        self._block = memoryview(b"")

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; none at the end.

        Raises:
            KeyError: there is no such object.
            ConfigError, StoreError: as the store's.
        """
        if not self._block:
            self._block = memoryview(self._store.get_range(self._key, self._offset, _RANGE))
            self._offset += len(self._block)
        size = len(self._block) if size < 0 else size
        given, self._block = self._block[:size], self._block[size:]
        return bytes(given)


def _pause(attempt: int) -> None:
    time.sleep(min(0.2 * 2**attempt, 5.0))


class _RangeBeyondEndError(StoreError):
    """A range that starts at or beyond the end of an object."""


def _status(error: ClientError | BotoCoreError) -> int:
    if not isinstance(error, ClientError):
        return 0
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _config(settings: S3Settings) -> Config:
    return Config(
        connect_timeout=settings.timeout_s,
        read_timeout=settings.timeout_s,
        retries={"total_max_attempts": settings.retries + 1, "mode": "standard"},
        max_pool_connections=32,
        s3={"addressing_style": "path" if settings.endpoint_url else "auto"},
        # Older compatible servers know no trailing checksums; TLS, signatures and our own sha256 cover the bytes.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
