"""Documents between sites: a signed file, refused when it was changed or comes from a stranger; drift is told."""

import json

import pytest
from click.testing import CliRunner, Result

from portal import create_app
from portal.cli.schema import schema
from portal.extensions import db
from portal.schema import bundle, directory, releases
from portal.security import SYSTEM
from tests.conftest import settings_for

KEY, PUBLIC = bundle.pair()


def made(**changes) -> bundle.Bundle:
    facts = {"site": "http://head", "release": 3, "at": "2026-05-01", "note": "n", "documents": {"roles/a.yml": "x\n"}}
    return bundle.Bundle(**facts | changes)


def test_what_is_packed_comes_out():
    assert bundle.unpack(bundle.pack(made(), KEY), [PUBLIC]) == made(signer=PUBLIC)


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: data.replace(b"roles/a.yml", b"roles/b.yml"),
        lambda data: data.replace(b'"release": 3', b'"release": 4'),
        lambda data: data[:-1],
        lambda data: data.replace(bundle.FORMAT.encode(), b"other"),
        lambda data: b"",
        lambda data: b"[]\n{}",
        lambda data: data.partition(b"\n")[2],
    ],
)
def test_a_changed_file_is_refused(harm):
    with pytest.raises(bundle.BundleError):
        bundle.unpack(harm(bundle.pack(made(), KEY)), [PUBLIC])


def test_a_stranger_is_refused():
    stranger, _public = bundle.pair()
    with pytest.raises(bundle.BundleError, match="PORTAL_BUNDLE_TRUST"):
        bundle.unpack(bundle.pack(made(), stranger), [PUBLIC])


@pytest.mark.parametrize("key", ["", "abc", "AAAA", "é"])
def test_a_wrong_key_is_told(key):
    with pytest.raises(bundle.BundleError, match="PORTAL_BUNDLE_KEY"):
        bundle.pack(made(), key)


@pytest.fixture
def run(app, tmp_path, database_url, valkey, monkeypatch):
    """The commands on the test's own database, with a key of the site or with trust in it alone."""
    apps = []

    def invoke(*words: str, **environment: str) -> Result:
        settings = settings_for(tmp_path, PORTAL_DATABASE_URL=database_url, REDIS_URL=valkey.redis_url, **environment)

        def create():
            apps.append(create_app(settings))
            return apps[-1]

        monkeypatch.setattr("portal.cli.bundles.create_app", create)
        return CliRunner().invoke(schema, list(words))

    yield invoke
    for one in apps:
        with one.app_context():
            db.engine.dispose()


def test_a_release_travels_and_drift_is_told(run, tmp_path):
    file = str(tmp_path / "head.bundle")
    assert "release 1" in run("bundle", "export", file, "--note", "May", PORTAL_BUNDLE_KEY=KEY).output
    assert run("drift", file, PORTAL_BUNDLE_TRUST=PUBLIC).exit_code == 0
    documents = directory.load()
    documents["entities/product.yml"] = documents["entities/product.yml"].replace("标准单价", "目录价")
    del documents["segments/vip_customers.yml"]
    other = bundle.Bundle("http://head", 9, "2026-05-01", "May", documents)
    (tmp_path / "next.bundle").write_bytes(bundle.pack(other, KEY))
    told = run("drift", str(tmp_path / "next.bundle"), PORTAL_BUNDLE_TRUST=f"{'A' * 43}= {PUBLIC}")
    assert told.exit_code == 1
    assert "only here  segments/vip_customers.yml" in told.output
    assert "differs    entities/product.yml (+1 -1)" in told.output
    assert "-  price: {type: money, label: {zh: 目录价" in told.output
    brought = run("bundle", "import", str(tmp_path / "next.bundle"), PORTAL_BUNDLE_TRUST=PUBLIC)
    assert "release 2 is in force, from http://head release 9" in brought.output
    assert releases.documents(2) == documents


def test_a_bundle_with_errors_or_of_a_stranger_publishes_nothing(run, tmp_path):
    file = tmp_path / "wrong.bundle"
    file.write_bytes(bundle.pack(made(documents={"roles/a.yml": "role: b\n"}), KEY))
    assert "nothing was published" in run("bundle", "import", str(file), PORTAL_BUNDLE_TRUST=PUBLIC).output
    assert "PORTAL_BUNDLE_TRUST" in run("bundle", "import", str(file)).output
    assert releases.current_number() == 1


def test_keys_are_made_in_the_words_of_the_settings(run):
    told = dict(line.split("=", 1) for line in run("bundle", "key").output.splitlines())
    assert bundle.public_of(told["PORTAL_BUNDLE_KEY"]) == told["PORTAL_BUNDLE_TRUST"]
    assert json.dumps(told)


def test_overlays_of_offices_travel_and_drift_names_them(run, tmp_path):
    """Out of one site and into another and back: the same checksum, no drift, until one side says something else."""
    path = "offices/shanghai/entities/customer.yml"
    head = {**directory.load(), path: "# 上海\nlabel: {zh: 客商, en: Trader}\n"}
    down = tmp_path / "down.bundle"
    down.write_bytes(bundle.pack(bundle.Bundle("http://head", 4, "2026-05-01", "", head), KEY))
    brought = run("bundle", "import", str(down), PORTAL_BUNDLE_TRUST=PUBLIC).output
    assert "release 2 is in force" in brought and releases.documents(2) == head
    level = run("drift", str(down), PORTAL_BUNDLE_TRUST=PUBLIC)
    assert level.exit_code == 0 and "offices/" not in level.output
    back = tmp_path / "back.bundle"
    sent = run("bundle", "export", str(back), PORTAL_BUNDLE_KEY=KEY).output
    assert bundle.unpack(back.read_bytes(), [PUBLIC]).documents == head
    sums = {line.split()[-1] for line in (sent + brought + level.output).splitlines() if line.startswith("checksum")}
    assert len(sums) == 1
    releases.publish({**head, path: head[path].replace("Trader", "Dealer")}, by=SYSTEM, note="", expected_release=2)
    told = run("drift", str(down), PORTAL_BUNDLE_TRUST=PUBLIC)
    assert told.exit_code == 1 and f"differs    {path} (+1 -1)" in told.output
    assert "+label: {zh: 客商, en: Dealer}" in told.output
    assert f"differs    {path}" in run("drift", str(back), PORTAL_BUNDLE_TRUST=PUBLIC).output
    releases.publish(directory.load(), by=SYSTEM, note="", expected_release=3)
    assert f"only there {path}" in run("drift", str(down), PORTAL_BUNDLE_TRUST=PUBLIC).output
