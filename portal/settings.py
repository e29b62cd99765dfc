"""Everything the environment may say, checked at start; SETTINGS is the one table of it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from portal.backup_settings import BACKUP_SETTINGS, BackupSettings
from portal.file_settings import FILE_SETTINGS, FileSettings
from portal.setting import (
    Setting,
    SettingsError,
    database,
    half_year,
    hosts,
    networks,
    number,
    one_of,
    positive,
    redis,
    switch,
    url,
    zone,
)

__all__ = ["DEFAULT_KEY", "SETTINGS", "Setting", "Settings", "SettingsError"]

DEFAULT_KEY = "only-for-development"


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "PORTAL_MODE",
        "mode",
        "production",
        "production, development or test; production refuses unsafe starts",
        one_of("production", "development", "test"),
    ),
    Setting(
        "PORTAL_INSTANCE",
        "instance",
        "instance",
        "folder of database, files, embedded Valkey and secret key",
        lambda text: Path(text).absolute(),
    ),
    Setting(
        "PORTAL_DATABASE_URL",
        "database_url",
        "",
        "sqlite:///… or postgresql://…; empty: portal.db in the instance folder",
        database,
    ),
    Setting(
        "REDIS_URL", "redis_url", "", "redis://, rediss:// or unix://; empty: `portal up` starts its own Valkey", redis
    ),
    Setting(
        "PORTAL_SECRET_KEY",
        "secret_key",
        "",
        "signs cookies and links, 32 characters or more; empty: the file secret_key in the instance folder",
    ),
    Setting(
        "PORTAL_CIPHER",
        "cipher",
        "aes-256-gcm",
        "what new data keys seal with: aes-256-gcm or sm4-gcm; `portal keys rotate` brings what is there over",
        one_of("aes-256-gcm", "sm4-gcm"),
    ),
    Setting("PORTAL_REVEALS_PER_HOUR", "reveals_per_hour", "30", "masked values one may see an hour", positive),
    Setting("PORTAL_DEBUG", "debug", "no", "Flask's debugger; refused in production", switch),
    Setting("PORT", "port", "8000", "port of the web server", positive),
    Setting("PORTAL_HOST", "host", "127.0.0.1", "address the web server listens on"),
    Setting("PORTAL_BASE_URL", "base_url", "", "address people use, for links in mails; empty: http://HOST:PORT", url),
    Setting("PORTAL_PROXIES", "proxies", "0", "how many reverse proxies stand in front and set X-Forwarded-…", number),
    Setting("PORTAL_WEB_PROCESSES", "web_processes", "2", "web server processes", positive),
    Setting("PORTAL_WEB_THREADS", "web_threads", "4", "threads of each web process", positive),
    Setting("PORTAL_WORKERS", "workers", "1", "worker processes `portal up` starts", positive),
    Setting(
        "PORTAL_TIME_ZONE", "time_zone", "Asia/Shanghai", "zone of days and schedules where no office says other", zone
    ),
    Setting("PORTAL_LANGUAGE", "language", "zh", "language of guests: zh or en", one_of("zh", "en")),
    Setting(
        "PORTAL_SECURE_COOKIES", "secure_cookies", "no", "send cookies over HTTPS only; yes behind a TLS proxy", switch
    ),
    Setting("PORTAL_UPLOAD_MEGABYTES", "upload_megabytes", "64", "largest request body", positive),
    Setting(
        "PORTAL_LEASE_SECONDS",
        "lease_seconds",
        "15",
        "a job of a dead worker is taken up after so many seconds",
        positive,
    ),
    Setting("PORTAL_HEARTBEAT_SECONDS", "heartbeat_seconds", "5", "a working job renews its lease so often", positive),
    Setting("PORTAL_SWEEP_SECONDS", "sweep_seconds", "5", "the scheduler looks for forgotten jobs so often", positive),
    Setting(
        "PORTAL_SESSION_IDLE_MINUTES", "session_idle_minutes", "480", "a sign-in ends after so long unused", positive
    ),
    Setting("PORTAL_SESSION_HOURS", "session_hours", "168", "a sign-in ends after so long in any case", positive),
    Setting("PORTAL_SESSIONS_PER_PERSON", "sessions_per_person", "10", "sign-ins a person may have at once", positive),
    Setting("PORTAL_LOCK_AFTER", "lock_after", "5", "wrong passwords in a row that lock a person", positive),
    Setting("PORTAL_LOCK_MINUTES", "lock_minutes", "15", "how long such a lock lasts", positive),
    Setting("PORTAL_ARGON2", "argon2", "19456,2,1", "Argon2id cost: KiB of memory, passes, lanes"),
    Setting("PORTAL_KEEP_JOBS_DAYS", "keep_jobs_days", "30", "days finished jobs are kept; 0: for ever", number),
    Setting("PORTAL_KEEP_EVENTS_DAYS", "keep_events_days", "1100", "days of events; backtests read them", number),
    Setting("PORTAL_KEEP_WEBHOOKS_DAYS", "keep_webhooks_days", "90", "days of deliveries; 0: for ever", number),
    Setting("PORTAL_KEEP_NOTICES_DAYS", "keep_notices_days", "90", "days of notices read; 0: for ever", number),
    Setting("PORTAL_KEEP_RECEIPTS_DAYS", "keep_receipts_days", "2", "days of forms sent twice; 0: for ever", number),
    Setting("PORTAL_KEEP_SIGN_INS_DAYS", "keep_sign_ins_days", "90", "days of sign-ins over; 0: for ever", number),
    Setting(
        "PORTAL_KEEP_LOOKS_DAYS", "keep_looks_days", "730", "days of who saw what, 180 or more; 0: for ever", half_year
    ),
    Setting("PORTAL_DEMO_PASSWORD", "demo_password", "", "password of the demo people; empty: a random one is printed"),
    Setting("PORTAL_BUNDLE_KEY", "bundle_key", "", "private key that signs bundles of this site's documents"),
    Setting("PORTAL_BUNDLE_TRUST", "bundle_trust", "", "public keys whose bundles are taken, with blanks between"),
    Setting(
        "PORTAL_WEBHOOK_HOSTS",
        "webhook_hosts",
        "",
        "hosts that workflows may call, by commas: erp.example.cn or erp.example.cn:8443; empty: none",
        hosts,
    ),
    Setting(
        "PORTAL_WEBHOOK_NETWORKS",
        "webhook_networks",
        "",
        "networks of your own in which such a host may stand, by commas: 10.2.0.0/16; empty: public addresses only",
        networks,
    ),
    Setting(
        "PORTAL_PROVIDER_SECRETS",
        "provider_secrets",
        "",
        "secrets that documents of providers name, by semicolons: register_key=…; other_key=…",
    ),
    Setting("SMTP_HOST", "smtp_host", "", "mail server; empty: mails are written to outbox in the instance folder"),
    Setting("SMTP_PORT", "smtp_port", "25", "port of the mail server", positive),
    Setting("SMTP_USER", "smtp_user", "", "name at the mail server"),
    Setting("SMTP_PASSWORD", "smtp_password", "", "password at the mail server"),
    Setting("SMTP_TLS", "smtp_tls", "no", "no, starttls or tls", one_of("no", "starttls", "tls")),
    Setting("SMTP_FROM", "smtp_from", "portal@localhost", "sender of mails"),
    Setting("SMTP_SECONDS", "smtp_seconds", "30", "patience with the mail server", positive),
    *BACKUP_SETTINGS,
    *FILE_SETTINGS,
)


@dataclass(frozen=True)
class Settings(BackupSettings, FileSettings):
    """The environment, read and checked; attribute names are given in SETTINGS."""

    mode: str
    instance: Path
    database_url: str
    redis_url: str
    secret_key: str
    cipher: str
    reveals_per_hour: int
    debug: bool
    port: int
    host: str
    base_url: str
    proxies: int
    web_processes: int
    web_threads: int
    workers: int
    time_zone: str
    language: str
    secure_cookies: bool
    upload_megabytes: int
    lease_seconds: int
    heartbeat_seconds: int
    sweep_seconds: int
    session_idle_minutes: int
    session_hours: int
    sessions_per_person: int
    lock_after: int
    lock_minutes: int
    argon2: str
    keep_jobs_days: int
    keep_events_days: int
    keep_webhooks_days: int
    keep_notices_days: int
    keep_receipts_days: int
    keep_sign_ins_days: int
    keep_looks_days: int
    demo_password: str
    bundle_key: str
    bundle_trust: str
    webhook_hosts: str
    webhook_networks: str
    provider_secrets: str
    smtp_host: str
    smtp_port: int
    smtp_user: str
    smtp_password: str
    smtp_tls: str
    smtp_from: str
    smtp_seconds: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment (os.environ by default); raises SettingsError naming the variable."""
        source = os.environ if environment is None else environment
        values = {setting.attribute: _read(setting, source) for setting in SETTINGS}
        instance = Path(str(values["instance"]))
        values["database_url"] = values["database_url"] or f"sqlite:///{instance / 'portal.db'}"
        values["base_url"] = values["base_url"] or f"http://{values['host']}:{values['port']}"
        values["secret_key"] = values["secret_key"] or _key_in(instance, str(values["mode"]))
        return cls(**values)  # type: ignore[arg-type]

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.database_url.startswith("sqlite")

    def refuse_unsafe(self) -> None:
        """Raise SettingsError for what production must not start with: debugger, weak key, open Redis."""
        if self.mode != "production":
            return
        if self.debug:
            raise SettingsError("PORTAL_DEBUG", "the debugger must be off in production")
        if self.secret_key == DEFAULT_KEY or len(self.secret_key) < 32:
            raise SettingsError("PORTAL_SECRET_KEY", "is missing, the default or shorter than 32 characters")
        address = urlsplit(self.redis_url)
        if address.scheme in ("redis", "rediss") and not address.password:
            raise SettingsError("REDIS_URL", "Redis over TCP needs a password in production")


def _read(setting: Setting, source: Mapping[str, str]) -> object:
    text = source.get(setting.name, "").strip() or setting.default
    try:
        return setting.read(text)
    except ValueError as problem:
        raise SettingsError(setting.name, str(problem)) from problem


def _key_in(instance: Path, mode: str) -> str:
    file = instance / "secret_key"
    if file.is_file():
        return file.read_text(encoding="ascii").strip()
    return "" if mode == "production" else DEFAULT_KEY


assert {field.name for field in fields(Settings)} == {setting.attribute for setting in SETTINGS}
