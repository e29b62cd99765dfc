"""The environment is checked at the start, and S19: production does not start unsafely."""

from pathlib import Path

import pytest

from portal import create_app
from portal.settings import DEFAULT_KEY, SETTINGS, Settings, SettingsError

KEY = "k" * 40


def read(tmp_path: Path, **given: str) -> Settings:
    return Settings.from_environment({"PORTAL_INSTANCE": str(tmp_path), **given})


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("PORTAL_SECRET_KEY", {}),
        ("PORTAL_SECRET_KEY", {"PORTAL_SECRET_KEY": DEFAULT_KEY}),
        ("PORTAL_SECRET_KEY", {"PORTAL_SECRET_KEY": "short"}),
        ("PORTAL_DEBUG", {"PORTAL_SECRET_KEY": KEY, "PORTAL_DEBUG": "yes"}),
        ("REDIS_URL", {"PORTAL_SECRET_KEY": KEY, "REDIS_URL": "redis://127.0.0.1:6379/0"}),
        ("REDIS_URL", {"PORTAL_SECRET_KEY": KEY, "REDIS_URL": "rediss://redis.example/0"}),
    ],
)
def test_production_refuses_unsafe_starts(name: str, given: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: "):
        create_app(read(tmp_path, **given))


@pytest.mark.parametrize("url", ["redis://:secret@127.0.0.1:6379/0", "unix:///run/valkey.sock", ""])
def test_production_accepts_a_closed_redis(url: str, tmp_path: Path) -> None:
    read(tmp_path, PORTAL_SECRET_KEY=KEY, REDIS_URL=url).refuse_unsafe()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORTAL_MODE", "prod"),
        ("PORTAL_DEBUG", "maybe"),
        ("PORTAL_TIME_ZONE", "Asia/Peking"),
        ("PORTAL_DATABASE_URL", "mysql://x"),
        ("REDIS_URL", "http://x"),
        ("PORTAL_BASE_URL", "crm.example.cn"),
        ("SMTP_TLS", "ssl"),
    ],
)
def test_a_wrong_value_is_named(name: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: "):
        read(tmp_path, **{name: text})


def test_the_defaults(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path / 'portal.db'}"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.mode == "production"
    assert read(tmp_path, PORTAL_DATABASE_URL="postgres://h/d").database_url == "postgresql+psycopg://h/d"


def test_the_key_file_of_the_instance_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text(KEY + "\n")
    assert read(tmp_path).secret_key == KEY


def test_every_setting_says_what_it_means() -> None:
    assert all(setting.meaning for setting in SETTINGS)
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)


def test_the_work_of_a_killed_process_goes_on_within_half_a_minute(tmp_path: Path) -> None:
    unset = read(tmp_path, PORTAL_MODE="test")
    assert unset.lease_seconds + unset.sweep_seconds <= 20, "the other ten are for starting and finding the place"
    assert 3 * unset.heartbeat_seconds <= unset.lease_seconds, "two missed beats cost no lease"
