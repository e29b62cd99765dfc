"""What the environment says of files and of lists taken out: where they lie, how large, who looks through them."""

from dataclasses import dataclass
from pathlib import Path

from portal.setting import Setting, number, one_of, positive, switch, url

KINDS = ("image", "pdf", "text", "office", "archive", "other")


def kinds(text: str) -> str:
    """Kinds of files with commas between."""
    found = [word.strip() for word in text.split(",") if word.strip()]
    if wrong := [word for word in found if word not in KINDS]:
        raise ValueError(f"{wrong[0]!r} is not one of {', '.join(KINDS)}")
    return ",".join(found)


def keys_file(text: str) -> str:
    """The path of a file that holds two words: the id of the key and the key."""
    if text and (not Path(text).is_file() or len(Path(text).read_text(encoding="utf-8").split()) != 2):
        raise ValueError("must be a file that holds the id of the key and the key")
    return text


FILE_SETTINGS: tuple[Setting, ...] = (
    Setting(
        "PORTAL_FILES",
        "files",
        "folder",
        "where new files are kept: folder (files in the instance folder) or s3; `portal files move` carries older ones",
        one_of("folder", "s3"),
    ),
    Setting("S3_BUCKET", "s3_bucket", "", "bucket of S3-compatible storage, made beforehand and not public"),
    Setting("S3_ENDPOINT", "s3_endpoint", "", "its address, such as https://s3.example.cn; empty: that of AWS", url),
    Setting("S3_REGION", "s3_region", "us-east-1", "its region"),
    Setting("S3_KEY_ID", "s3_key_id", "", "id of the key to the bucket"),
    Setting("S3_KEY", "s3_key", "", "the key to the bucket"),
    Setting("S3_KEYS_FILE", "s3_keys_file", "", "file with id and key, in place of the two above", keys_file),
    Setting("S3_PATH_STYLE", "s3_path_style", "yes", "bucket in the path, not in the name of the host", switch),
    Setting("PORTAL_FILE_MEGABYTES", "file_megabytes", "32", "largest file on a record", positive),
    Setting(
        "PORTAL_FILE_KINDS",
        "file_kinds",
        "",
        f"kinds of files that records take, by commas: {', '.join(KINDS)}; empty: all",
        kinds,
    ),
    Setting(
        "PORTAL_SCAN_COMMAND",
        "scan_command",
        "",
        "command that looks for viruses: reads the file from stdin, ends with 0 clean, 1 infected, other: try again",
    ),
    Setting(
        "PORTAL_SCAN_CLAMD",
        "scan_clamd",
        "",
        "clamd in its place: /run/clamav/clamd.ctl or 127.0.0.1:3310; empty: files are not looked through",
    ),
    Setting("PORTAL_KEEP_EXPORTS_DAYS", "keep_exports_days", "14", "days that a list taken out is kept", positive),
    Setting(
        "PORTAL_EXPORT_JOB_ROWS", "export_job_rows", "2000", "longer lists are taken out in the background", number
    ),
    Setting(
        "PORTAL_EXPORT_ROWS",
        "export_rows",
        "10000",
        "rows a person takes out at once without approval, where no role says another number",
        number,
    ),
    Setting(
        "PORTAL_CHANGE_ROWS",
        "change_rows",
        "100",
        "records a person changes at once without approval, where no role says another number",
        number,
    ),
)


@dataclass(frozen=True)
class FileSettings:
    """The part of the settings that speaks of files; attribute names are given in FILE_SETTINGS."""

    files: str
    s3_bucket: str
    s3_endpoint: str
    s3_region: str
    s3_key_id: str
    s3_key: str
    s3_keys_file: str
    s3_path_style: bool
    file_megabytes: int
    file_kinds: str
    scan_command: str
    scan_clamd: str
    keep_exports_days: int
    export_job_rows: int
    export_rows: int
    change_rows: int

    @property
    def s3_keys(self) -> tuple[str, str]:
        """Id and key to the bucket."""
        if self.s3_keys_file:
            key_id, key = Path(self.s3_keys_file).read_text(encoding="utf-8").split()
            return key_id, key
        return self.s3_key_id, self.s3_key
