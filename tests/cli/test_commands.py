"""Every command says what it does; a failure is one clear line and a non-zero exit."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal import Portal, jobs
from portal.cli import COMMANDS, commands
from portal.cli import jobs as jobs_module
from portal.extensions import transaction
from portal.jobs import Job


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help(name: str) -> None:
    answer = CliRunner().invoke(commands, [name, "--help"])
    assert answer.exit_code == 0
    assert "Usage:" in answer.output
    assert COMMANDS[name].startswith("portal.cli.")


def portal(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    """The real command in a folder of its own."""
    environment = {"PORTAL_INSTANCE": str(folder), "PORTAL_MODE": "test", "PATH": "/usr/bin:/bin", **given}
    command = [sys.executable, "-m", "portal.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_wrong_setting_is_one_clear_line(tmp_path: Path) -> None:
    answer = portal(tmp_path, "jobs", "list", PORT="eighty")
    assert answer.returncode == 1
    assert answer.stderr == "portal: PORT: must be a whole number\n"


def test_production_without_a_key_is_refused(tmp_path: Path) -> None:
    answer = portal(tmp_path, "worker", PORTAL_MODE="production")
    assert answer.returncode == 1
    assert answer.stderr.startswith("portal: PORTAL_SECRET_KEY: ")


def test_jobs_are_listed_run_cancelled_and_retried(app: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "create_app", lambda: app)
    jobs.register("test.command", lambda work: None, "Command")

    def ask() -> str:
        with transaction():
            return str(jobs.enqueue("test.command").id)

    def run(*arguments: str) -> tuple[int, str]:
        answer = CliRunner().invoke(commands, ["jobs", *arguments])
        return answer.exit_code, answer.output

    first, second = ask(), ask()
    assert "test.command" in run("list", "--state", "queued")[1]
    assert run("run", first) == (0, f"Job {first} is done.\n")
    assert run("cancel", second) == (0, f"Job {second} is cancelled.\n")
    assert run("retry", second) == (0, f"Job {second} is queued.\n")
    assert run("run", "99999")[0] == 1
    assert Job.__tablename__ == "job"
