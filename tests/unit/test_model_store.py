"""Finding, fetching and checking checkpoints, against a stand-in for the hub."""

from __future__ import annotations

import hashlib

import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install 'leafbeam[local]'")
pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed: pip install 'leafbeam[local]'")

from hub_server import REVISION, serving

from leafbeam.errors import ReaderError, UsageError
from leafbeam.model import store
from leafbeam.model.catalogue import CATALOGUE, Published, published
from leafbeam.model.store import Check, Place, find, located, pull, verify
from leafbeam.model.tiny import make_tiny

REPO = "somebody/LightOnOCR-tiny"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = make_tiny(tmp_path_factory.mktemp("hub") / "tiny")
    (folder / "run_me.py").write_text("raise SystemExit\n", "utf-8")
    return folder


@pytest.fixture
def hub(checkpoint):
    with serving(checkpoint, REPO) as hub:
        yield hub


@pytest.fixture
def place(hub, tmp_path):
    return Place(tmp_path / "cache", hub.url)


def test_names():
    assert published("LightOnOCR-2-1B").repo == "lightonai/LightOnOCR-2-1B"
    assert published("2-1b") == published("lightonai/lightonocr-2-1b")
    assert published("0.9B-16k-1025").name == "LightOnOCR-0.9B-16k-1025"
    assert published("me/my-finetune") == Published("me/my-finetune", "not in the catalogue")
    for name in ("LightOnOCR-9", "lightonai/LightOnOCR-9", "../x", ""):
        with pytest.raises(UsageError, match="one of 3-1B, 2-1B"):
            published(name)


def test_the_catalogue_holds_whole_commits_and_checksums():
    assert len({entry.repo for entry in CATALOGUE}) == len(CATALOGUE)
    for entry in CATALOGUE:
        assert entry.revision is None or (len(entry.revision) == 40 and int(entry.revision, 16))
        assert all(len(value) == 64 and int(value, 16) for value in entry.sha256.values())


def test_what_is_not_here_is_never_fetched(hub, place):
    with pytest.raises(ReaderError, match="leafbeam models pull LightOnOCR-tiny"):
        find(REPO, place)
    with pytest.raises(ReaderError, match="models pull"):
        list(verify(REPO, place))
    assert hub.served == []


def test_pull_find_verify(hub, place, checkpoint):
    folder = pull(REPO, place=place)
    assert folder.name == REVISION
    assert find(REPO, place) == folder
    names = {path.name for path in folder.iterdir()}
    assert names == {path.name for path in checkpoint.iterdir()} - {"run_me.py"}, "nothing that could be run is fetched"
    found = {item.name: item for item in verify(REPO, place)}
    assert found.keys() == names
    assert {item.check for item in found.values()} == {Check.GOOD}
    assert found["model.safetensors"].known_from == "download"
    fetched = len(hub.served)
    assert pull(REPO, place=place) == folder
    assert len(hub.served) == fetched, "what is here is not fetched again"


def test_a_download_that_breaks_off_goes_on_where_it_stopped(hub, place, checkpoint, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1 << 16)
    size = (checkpoint / "model.safetensors").stat().st_size
    hub.cuts.add("model.safetensors")
    pull(REPO, place=place)
    first, second = (start for name, start in hub.served if name == "model.safetensors")
    assert first == 0
    assert size // 2 - (1 << 16) <= second <= size // 2
    assert {item.check for item in verify(REPO, place)} == {Check.GOOD}


def left_over(checkpoint, place, content):
    """The part of the weights that a killed process left."""
    tag = hashlib.sha256((checkpoint / "model.safetensors").read_bytes()).hexdigest()
    blobs = place.cache / f"models--{REPO.replace('/', '--')}" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{tag}.part").write_bytes(content)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_download_that_was_killed_goes_on_where_it_stopped(hub, place, checkpoint, share):
    content = (checkpoint / "model.safetensors").read_bytes()
    kept = int(len(content) * share)
    left_over(checkpoint, place, content[:kept])
    pull(REPO, place=place)
    starts = [start for name, start in hub.served if name == "model.safetensors"]
    assert starts == ([kept] if share < 1 else [])
    assert {item.check for item in verify(REPO, place)} == {Check.GOOD}


def test_a_part_that_does_not_fit_is_thrown_away(hub, place, checkpoint):
    left_over(checkpoint, place, b"something else")
    with pytest.raises(ReaderError, match="another checksum"):
        pull(REPO, place=place)
    assert located(published(REPO), place) is None
    pull(REPO, place=place)
    assert {item.check for item in verify(REPO, place)} == {Check.GOOD}


def test_weights_that_were_replaced_are_not_fetched(hub, place, monkeypatch):
    pinned = Published(REPO, "", REVISION, {"model.safetensors": "0" * 64})
    monkeypatch.setattr(store, "published", lambda name: pinned)
    with pytest.raises(ReaderError, match="was replaced"):
        pull(REPO, place=place)
    assert hub.served == []
    pull(REPO, "main", place=place)  # another revision has other checksums


def test_a_damaged_file_is_seen_and_mended(place):
    folder = pull(REPO, place=place)
    blob = (folder / "model.safetensors").resolve()
    content = bytearray(blob.read_bytes())
    content[-1] ^= 1
    blob.write_bytes(content)
    (folder / "generation_config.json").resolve().write_text("{}", "utf-8")
    wrong = [item.name for item in verify(REPO, place) if item.check is Check.WRONG]
    assert wrong == ["generation_config.json", "model.safetensors"]
    pull(REPO, again=True, place=place)
    assert {item.check for item in verify(REPO, place)} == {Check.GOOD}


def test_the_catalogue_is_the_stronger_witness(place, checkpoint, monkeypatch):
    wrong = Published(REPO, "", REVISION, {"config.json": "0" * 64})
    pull(REPO, place=place)
    monkeypatch.setattr(store, "published", lambda name: wrong)
    assert [(item.name, item.known_from) for item in verify(REPO, place) if item.check is Check.WRONG] == [
        ("config.json", "catalogue")
    ]
    monkeypatch.setattr(store, "published", lambda name: Published(REPO, "", REVISION, {"vocab.json": "0" * 64}))
    with pytest.raises(ReaderError, match=r"vocab\.json: not found"):
        list(verify(REPO, place))


def test_a_pinned_revision_that_is_not_here_is_not_replaced_by_another(place, monkeypatch):
    pull(REPO, place=place)
    assert located(Published(REPO, ""), place) is not None
    assert located(Published(REPO, "", "f" * 40), place) is None


def test_unknown_revision_and_repository(place):
    with pytest.raises(ReaderError, match="--revision main takes the newest"):
        pull(REPO, "v9", place=place)
    with pytest.raises(ReaderError, match="not on Hugging Face"):
        pull("somebody/else", place=place)


def test_no_network(tmp_path):
    with pytest.raises(ReaderError, match="could not be fetched"):
        pull(REPO, place=Place(tmp_path, "http://127.0.0.1:9"))


def test_a_folder_is_a_checkpoint_by_itself(checkpoint):
    assert find(str(checkpoint)) == checkpoint
    assert {item.check for item in verify(str(checkpoint))} == {Check.UNCHECKED}
    with pytest.raises(UsageError, match="nothing to pull"):
        pull(str(checkpoint))
