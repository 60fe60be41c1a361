"""The state database on SQLite and on PostgreSQL: one schema, one behaviour."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

import pipeline.store
from pipeline.errors import BusyError, ConfigError, StoreError, TransientStoreError
from pipeline.models import Method, RunState, Window, utc_now
from pipeline.store import leases
from pipeline.store.database import Database, metadata, open_database
from pipeline.store.frontier import Found, Frontier, Settled
from pipeline.store.hosts import Hosts
from pipeline.store.leases import hold
from pipeline.store.runs import Chunk, Runs
from pipeline.store.state_copy import copy_state, holds_state
from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.site import Site

_HOLDER = """
import sys, time
from pipeline.store.database import open_database
from pipeline.store.hosts import Hosts
from pipeline.store.leases import hold
with open_database(sys.argv[1]) as database, hold(database, "corpus"):
    print("held", flush=True)
    time.sleep(60)
"""


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    return Path(path).parent if path else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own on loopback, stopped at the end."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("needs PostgreSQL's programs: deploy/debian-packages.sh installs them")
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="copydesk-pg-"))
    if as_user:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    run = [*as_user, str(binaries / "initdb"), "-D", str(data), "-U", "copydesk", "-A", "trust", "-N"]
    subprocess.run(run, check=True, capture_output=True, cwd="/")
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
    control = [*as_user, str(binaries / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(folder / "log")]
    subprocess.run([*control, "start"], check=True, capture_output=True, cwd="/")
    try:
        yield f"postgresql+psycopg://copydesk@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    base = request.getfixturevalue("postgres")
    name = f"t{abs(hash(request.node.name)) % 10**9}{os.getpid()}"
    engine = sa.create_engine(base, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return str(base).replace("/postgres", f"/{name}")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with open_database(url) as opened:
        yield opened


def test_migrations_end_in_the_schema_of_the_code(database: Database) -> None:
    with database.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_first_schema_is_brought_up_to_date_and_keeps_every_row(url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(pipeline.store.__file__).parent / "migrations"))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        first = sa.MetaData()
        first.reflect(connection)
        rows = {table.name: _example(table) for table in first.sorted_tables if table.name != "alembic_version"}
        for name, row in rows.items():
            connection.execute(sa.insert(first.tables[name]), [row])
    with open_database(url) as opened, opened.begin() as connection:
        for name, row in rows.items():
            kept = connection.execute(sa.select(metadata.tables[name])).mappings().one()
            assert {column: kept[column] for column in row if column in kept} == {
                column: value for column, value in row.items() if column in kept
            }
            assert len(row.keys() - kept.keys()) == (name == "hosts")  # robots_status, which the page's rules replaced
    engine.dispose()


def _example(table: sa.Table) -> dict[str, object]:
    """A row with something in every column."""
    made: dict[type, object] = {
        int: 1, bool: True, datetime: datetime(2026, 10, 1, tzinfo=UTC), date: date(2026, 10, 1), bytes: b"x",
        dict: {"a": 1}, str: "x",
    }  # fmt: skip
    return {column.name: made[column.type.python_type] for column in table.columns}


def test_a_state_database_of_a_newer_copydesk_is_refused(database: Database, url: str) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match=r"newer Copydesk.*9999"), open_database(url):
        pass


def test_opening_again_and_from_many_threads_changes_nothing(url: str) -> None:
    failures: list[BaseException] = []

    def use() -> None:
        try:
            with open_database(url) as opened:
                Runs(opened).find()
        except BaseException as error:  # noqa: BLE001 (the test reports it)
            failures.append(error)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_new_sqlite_file_that_another_is_writing_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    versions: list[str | None] = []

    def use() -> None:
        with open_database(f"sqlite:///{path}") as opened, opened.begin() as connection:
            versions.append(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar())

    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        thread = threading.Thread(target=use)
        thread.start()
        thread.join(timeout=1)
        waits = thread.is_alive()
        writer.execute("ROLLBACK")
        thread.join()
    assert (waits, len(versions)) == (True, 1)


def test_a_wrong_or_unreachable_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="valid: sqlite"), open_database("nonsense"):
        pass
    with pytest.raises(TransientStoreError), open_database("postgresql+psycopg://nobody@127.0.0.1:1/none"):
        pass


def frontier(database: Database, run: str = "r1", host: str = "here") -> Frontier:
    return Frontier(database, "s", run_id=run, host=host)


def page(number: int, **more: object) -> Found:
    return Found(f"http://h/{number}", f"{number:032x}", "page", **more)  # type: ignore[arg-type]


def fetched(number: int, **more: object) -> Settled:
    values = {
        "etag": f"e{number}",
        "status": 200,
        "fetched_at": utc_now(),
        "spool_file": "f",
        "spool_end": number,
    } | more
    return Settled(key=f"{number:032x}", url=f"http://h/{number}", role="page", outcome="fetched", **values)  # type: ignore[arg-type]


def test_an_address_goes_from_due_to_stored(database: Database) -> None:
    front = frontier(database)
    assert front.offer([page(1), page(2), page(1)]) == 2
    assert {due.url for due in front.take(10)} == {"http://h/1", "http://h/2"}
    assert front.take(10) == []
    assert front.counts() == {"in_flight": 2}
    front.settle([fetched(1), fetched(2)])
    assert front.counts() == {"spooled": 2}
    assert front.spooled_end("f") == 2
    front.stored("f", "manifest")
    assert front.counts() == {"stored": 2}
    visit = front.last_visit(f"{1:032x}")
    assert (visit.etag, visit.last_modified) == ("e1", None)
    assert front.offer([page(1)]) == 0
    assert front.take(10) == []


def test_what_a_dead_run_left_is_due_again(database: Database) -> None:
    front = frontier(database)
    front.offer([page(1), page(2), page(3)])
    front.take(3)
    front.settle([fetched(1), fetched(2)])
    later = frontier(database, run="r2")
    later.recover(["f"])
    assert later.counts() == {"due": 1, "spooled": 2}
    later.forget("f", after=1)
    assert later.counts() == {"due": 2, "spooled": 1}
    elsewhere = frontier(database, run="r3", host="another machine")
    elsewhere.recover(["f"])
    assert elsewhere.counts() == {"due": 3}


def test_a_changed_address_is_asked_again(database: Database) -> None:
    front = frontier(database)
    front.offer([page(1)])
    front.take(1)
    front.settle([fetched(1)])
    front.stored("f", "manifest")
    assert not front.compare([page(1, modified_hint=utc_now() - timedelta(hours=1))]).any_new
    assert front.compare([page(1, modified_hint=utc_now() + timedelta(hours=1))]).any_new
    assert front.compare([page(2)]).any_new
    front.offer([page(1, modified_hint=utc_now() - timedelta(hours=1))])
    assert front.take(1) == []
    front.offer([page(1, modified_hint=utc_now() + timedelta(hours=1))])
    assert [due.etag for due in front.take(1)] == ["e1"]


def stored(front: Frontier, number: int, **more: object) -> None:
    """Offer, fetch and store a page."""
    front.offer([page(number, **more)])
    front.take(10)
    front.settle([fetched(number)])
    front.stored("f", "manifest")


def test_a_site_whose_clock_is_behind_loses_no_edit(database: Database) -> None:
    front, their_now = frontier(database), utc_now() - timedelta(days=20)
    stored(front, 1, modified_hint=their_now)
    front.offer([page(1, modified_hint=their_now)])
    assert front.take(1) == []
    edited = page(1, modified_hint=their_now + timedelta(hours=1))
    assert front.compare([edited]).any_new
    front.offer([edited])
    assert len(front.take(1)) == 1
    front.offer([replace(edited, modified_hint=their_now + timedelta(hours=2))])  # while it is being fetched
    front.settle([fetched(1)])
    front.stored("f", "manifest")
    front.offer([replace(edited, modified_hint=their_now + timedelta(hours=2))])
    assert len(front.take(1)) == 1


def test_a_site_whose_clock_is_ahead_is_not_asked_again_and_again(database: Database) -> None:
    front, ahead = frontier(database), utc_now() + timedelta(days=20)
    stored(front, 1, modified_hint=ahead)
    assert not front.compare([page(1, modified_hint=ahead)]).any_new
    front.offer([page(1, modified_hint=ahead)])
    assert front.take(1) == []


def test_pages_that_a_window_left_out_are_asked_again_by_others_only(database: Database) -> None:
    runs, window = Runs(database), Window(date(2026, 10, 1), date(2026, 10, 7))
    chunk = Chunk("bf-1", "s", window, Method.SITE)
    assert runs.start_chunk(chunk, "r1", window=window) == "r1"
    assert runs.start_chunk(chunk, "r2", window=window) == "r1"  # it is at work
    front = frontier(database, run="r1")
    stored(front, 1, listed_at=datetime(2026, 10, 2, tzinfo=UTC))
    stored(front, 2)
    assert front.counts_in(window) == {"stored": 1, "undated": 1}
    front.set_aside([f"{2:032x}"])
    front.recover([])
    assert front.take(10) == []
    others = Chunk("bf-2", "s", window, Method.SITE)
    runs.start_chunk(others, "r3", window=window)
    again = frontier(database, run="r3")
    again.recover([])
    assert [due.key for due in again.take(10)] == [f"{2:032x}"]
    assert frontier(database, run="r4").take(10) == []


def test_a_chunk_ends_once_and_is_taken_again_only_when_it_failed(database: Database) -> None:
    runs, window = Runs(database), Window(date(2026, 10, 1), date(2026, 10, 7))
    chunk = Chunk("bf-1", "s", window, Method.SITE)
    assert runs.look_up(chunk) == chunk
    for run, finished in (("r1", False), ("r2", True)):
        assert runs.start_chunk(chunk, run, window=window) == run
        runs.finish_chunk(run, "s", {"finished": finished, "pages": 3})
        assert not runs.look_up(chunk).done
        runs.set_state(run, RunState.EMPTY)
        assert runs.look_up(chunk).done is finished
    assert runs.pages_of_backfill("bf-1", "s") == 3
    found = runs.get("r2")
    assert found is not None
    assert (found.kind, found.backfill_id, found.window) == ("backfill", "bf-1", window)
    assert runs.first_started_at("s") == found.started_at
    assert [run.run_id for run in runs.find(source="s", since=found.started_at)] == ["r2"]


def test_an_alert_is_open_once_until_it_is_over(database: Database) -> None:
    runs = Runs(database)
    runs.alert("expectation", "s", "too little", run_id="r1")
    runs.alert("expectation", "s", "still too little", run_id="r2")
    assert [(kind, source, text) for kind, source, text, _ in runs.open_alerts()] == [
        ("expectation", "s", "still too little")
    ]
    runs.close_alert("expectation", "s")
    assert runs.open_alerts() == []


def test_records_that_were_lost_are_asked_for_in_full(database: Database) -> None:
    front = frontier(database)
    front.offer([page(1), page(2)])
    front.take(2)
    front.settle([fetched(1, last_modified="yesterday"), fetched(2)])
    front.forget("f", after=1)
    assert [(due.url, due.etag) for due in front.take(2)] == [("http://h/2", None)]
    front.recover([])
    assert {(due.etag, due.last_modified) for due in front.take(2)} == {(None, None)}


def test_a_next_page_that_failed_is_asked_again_once_a_run(database: Database) -> None:
    front, again = frontier(database), page(1, again=True)
    front.offer([again])
    for run in ("r1", "r2", "r3"):
        front = frontier(database, run=run)
        front.offer([again])
        assert [due.url for due in front.take(1)] == ["http://h/1"], run
        front.settle([Settled(key=f"{1:032x}", url="http://h/1", role="page", outcome="end_of_pages", status=404)])
        front.offer([again])
        assert front.take(1) == [], run
    front = frontier(database, run="r4")
    front.offer([page(1)])
    assert front.take(1) == [], "named as a text it waits"


def test_failures_wait_longer_each_time_and_lose_nothing(database: Database) -> None:
    front = frontier(database)
    front.offer([page(1)])
    front.take(1)
    failed = Settled(key=f"{1:032x}", url="http://h/1", role="page", outcome="network_error")
    front.settle([failed])
    assert front.take(1) == []
    assert front.counts() == {"due": 1}


def test_runs_and_their_counts(database: Database) -> None:
    runs = Runs(database)
    runs.start("r1", kind="collect", sources=["a", "b"])
    runs.start("r1", kind="collect", sources=["a", "b"])
    assert runs.chunk_reports("r1") == {"a": None, "b": None}
    runs.finish_chunk("r1", "a", {"pages": 3})
    assert runs.chunk_reports("r1")["a"] == {"pages": 3}
    runs.count("r1", "crawl", [("a", "fetched", "", 3)])
    runs.count("r1", "crawl", [("a", "fetched", "", 4)])
    runs.count("r1", "crawl", [("b", "fetched", "", 1)])
    assert runs.counts("r1") == [("a", "crawl", "fetched", "", 4), ("b", "crawl", "fetched", "", 1)]
    runs.set_state("r1", RunState.PUBLISHED, version=2)
    found = runs.get("r1")
    assert found is not None
    assert (found.state, found.published_version, found.sources) == (RunState.PUBLISHED, 2, ("a", "b"))
    assert [run.run_id for run in runs.find(states=[RunState.PUBLISHED])] == ["r1"]
    runs.set_watermark("w", "1")
    runs.set_watermark("w", "2")
    assert (runs.watermark("w"), runs.watermark("none")) == ("2", None)


def test_a_lease_has_one_living_holder_and_its_token_grows(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with hold(database, "corpus") as first:
        with pytest.raises(BusyError, match="corpus is held by"), hold(database, "corpus"):
            pass
        with hold(database, "another"):
            pass
    with hold(database, "corpus") as second:
        assert second.token == first.token + 1


def test_a_lease_of_a_dead_process_is_free_at_once(database: Database, url: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", _HOLDER, url], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    with pytest.raises(BusyError), hold(database, "corpus"):
        pass
    child.kill()
    child.wait()
    child.stdout.close()
    with hold(database, "corpus") as lease:
        assert lease.token == 2


def test_a_holder_that_was_replaced_is_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "_BEAT_S", 0.05)
    with hold(database, "corpus") as lease:
        with database.begin() as connection:
            connection.execute(sa.text("UPDATE leases SET token = token + 1"))
        deadline = time.monotonic() + 20
        while not lease.lost.is_set() and time.monotonic() < deadline:
            lease.lost.wait(0.05)
        with pytest.raises(BusyError, match="was lost"):
            lease.check()
    with contextlib.suppress(BusyError), hold(database, "corpus"):
        pass


def test_a_state_is_copied_whole_from_either_database_to_either(database: Database, tmp_path: Path, url: str) -> None:
    runs = Runs(database)
    runs.start("r1", kind="collect", sources=["a", "b"])
    runs.set_report("r1", {"documents": 3, "fields": {"a": {"title": 1}}})
    runs.count("r1", "crawl", [("a", "fetched", "", 3)])
    runs.alert("gap", "a", "half an hour is missing")
    assert frontier(database).offer([page(1), page(2)]) == 2
    with open_database(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        assert not holds_state(copy)
        copied = copy_state(database, copy)
        assert {name: count for name, count in copied.items() if count} == {
            "runs": 1, "chunks": 2, "outcomes": 1, "alerts": 1, "urls": 2,
        }  # fmt: skip
        assert (holds_state(copy), Runs(copy).get("r1")) == (True, runs.get("r1"))
        with pytest.raises(StoreError):
            copy_state(database, copy)
        with database.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(sa.delete(table))
        assert copy_state(copy, database) == copied
    assert Runs(database).open_alerts()[0][:3] == ("gap", "a", "half an hour is missing")
    runs.alert("gap", "b", "the next number is free")
    assert len(runs.open_alerts()) == 2


def test_the_whole_way_runs_on_either_database(url: str, tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "daily", site.declaration("daily"))
    state = {"COPYDESK_STATE": url}
    days = ("--from", "2026-10-30", "--to", "2026-10-30", "--limit", "2", "--no-prefect")
    assert copydesk(tmp_path, "backfill", "daily", *days, variables=state).returncode == 0
    assert copydesk_json(tmp_path, "corpus", "info", variables=state)["documents"] == 2
    assert copydesk(tmp_path, "collect", "--no-prefect", variables=state).returncode == 0
    assert copydesk_json(tmp_path, "corpus", "info", variables=state)["documents"] == 5
    runs = copydesk_json(tmp_path, "runs", "list", variables=state)
    assert [(run["kind"], run["state"]) for run in runs] == [("collect", "published"), ("backfill", "published")]
    assert copydesk(tmp_path, "doctor", variables=state).returncode == 0
    assert (tmp_path / "data" / "state.db").exists() is False


def test_a_host_has_one_turn_at_a_time_and_keeps_its_rest(database: Database) -> None:
    hosts = Hosts(database)
    assert hosts.claim("h", 60).wait_s == 0
    assert 30 < hosts.claim("h", 60).wait_s <= 60
    assert hosts.claim("other", 60).wait_s == 0
    until = utc_now() + timedelta(hours=1)
    hosts.rest("h", until)
    hosts.rest("h", until - timedelta(minutes=5))  # a shorter one takes nothing away
    hosts.answered("h")  # an answer that was on its way when the host asked for the rest
    assert hosts.resting_until("h") == until
    assert hosts.claim("h", 0).resting_until == until


def test_a_host_that_fails_on_and_on_rests_longer_each_time(database: Database) -> None:
    hosts = Hosts(database)
    assert [hosts.failed("h") for _ in range(9)] == [None] * 9
    rests = [(hosts.failed("h") or utc_now()) - utc_now() for _ in range(8)]
    assert [round(rest.total_seconds() / 900) for rest in rests] == [1, 2, 4, 8, 16, 32, 64, 96]
    hosts.answered("h")
    assert hosts.failed("h") is None
