"""The page on operating, by its commands as they are written: from `up` over a backup to what is restored from it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.listeners import listening
from tests.support.orchestra import up
from tests.support.site import Site

pytestmark = pytest.mark.slow

_PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "operating.md"
_SYSTEM = ("cp ", "useradd ", "journalctl ")  # for a machine with systemd, by root


def lines_of(page: str) -> list[str]:
    """Lines of its blocks, without comments."""
    blocks = re.findall(r"(?ms)^```\n(.*?)^```$", page)
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if not line.startswith(_SYSTEM)]


@dataclass
class Shell:
    """Runs lines in a folder as a shell does; each has to succeed. `places` are put for those that the lines name."""

    folder: Path
    places: dict[str, str]
    exported: dict[str, str] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)

    def run(self, *lines: str) -> None:
        for written in lines:
            line = written
            for there, here in self.places.items():
                line = line.replace(there, here)
            words = shlex.split(line)
            if words[0] == "export":
                self.exported |= dict(word.split("=", 1) for word in words[1:])
                continue
            at = words.index("copydesk")
            variables = self.exported | dict(word.split("=", 1) for word in words[:at])
            done = copydesk(self.folder, *words[at + 1 :], variables=variables)
            assert done.returncode == 0, (written, done.stderr)
            self.ran.add(words[at + 1])


def test_the_commands_of_the_page_do_what_it_says(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "site", site.declaration("site"))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    lines = lines_of(_PAGE.read_text("utf-8"))
    place = lines.index("copydesk up")
    with listening() as heard:
        places = {
            "json://hooks.example.org/desk": heard.hook,
            "mailto://user:password@mail.example.org?to=desk@example.org": heard.mail,
            "/mnt/backup/copydesk": str(tmp_path / "kept"),
            "/srv/again": str(tmp_path / "again"),
        }
        shell = Shell(tmp_path, places)
        shell.run(*lines[:place])
        with up(tmp_path) as running:
            second = copydesk(tmp_path, "up")
            assert (second.returncode, "runs for" in second.stderr, running.base in second.stderr) == (4, True, True)
            shell.run(*lines[place + 1 :])
        assert heard.hooked
        assert heard.mailed
    shell.run("copydesk doctor")  # what an upgrade begins with
    again = {"COPYDESK_STORE": f"file:{tmp_path / 'again'}"}
    assert copydesk_json(tmp_path, "corpus", "digest", variables=again) == copydesk_json(tmp_path, "corpus", "digest")
    assert shell.ran == {"doctor", "alerts", "backup", "restore", "corpus"}
