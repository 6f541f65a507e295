"""Option files: what they may hold, and what a mistake in one says."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from leafbeam.errors import UsageError
from leafbeam.options import (
    Furniture,
    InputOptions,
    OfflineOptions,
    Options,
    OutputFormat,
    Profile,
    RunOptions,
    WriteOptions,
)

EVERYTHING = """
reader = "offline"
[input]
pages = "1-3"
password = "secret"
max_megapixels = 20
url_timeout_s = 5.5
[offline]
profile = "fast"
figures = false
[write]
to = ["md", "json"]
furniture = "keep"
[run]
jobs = 3
resume = true
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "leafbeam.toml"
    path.write_text(text)
    return path


def test_a_file_sets_what_it_names_and_leaves_the_rest(tmp_path: Path) -> None:
    assert Options.from_toml(written(tmp_path, EVERYTHING)) == Options(
        reader="offline",
        input=InputOptions(pages="1-3", password="secret", max_megapixels=20.0, url_timeout_s=5.5),
        offline=OfflineOptions(profile=Profile.FAST, figures=False),
        write=WriteOptions(to=(OutputFormat.MD, OutputFormat.JSON), furniture=Furniture.KEEP),
        run=RunOptions(jobs=3, resume=True),
    )
    assert Options.from_toml(written(tmp_path, "")) == Options()
    assert Options.from_toml(written(tmp_path, 'write.to = "txt"')).write.to == (OutputFormat.TXT,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("raeder = 'offline'", "unknown option 'raeder': did you mean 'reader'"),
        ("[offlin]\nprofile = 'fast'", "did you mean 'offline'"),
        ("[input]\nmax_megapixel = 3", "unknown option 'input.max_megapixel': did you mean 'max_megapixels'"),
        ("[run]\nzzzz = 1", "known: jobs, resume, page_timeout_s"),
        ("[offline]\nprofile = 'acurate'", "offline.profile is 'acurate': did you mean 'accurate'"),
        ("[write]\nto = ['md', 'docx']", "write.to is 'docx'"),
        ("[write]\nto = []", "to is nothing"),
        ("[run]\njobs = 'two'", "run.jobs is 'two', give a value of type int"),
        ("[run]\njobs = true", "run.jobs is True"),
        ("[run]\njobs = -1", "jobs is -1"),
        ("[input]\nmax_megapixels = 0", "max_megapixels is 0.0, give a number above 0"),
        (
            "[run]\npage_timeout_s = inf",
            "page_timeout_s is inf, give a number of seconds above 0, at most 86400 (a day)",
        ),
        ("[run]\npage_timeout_s = nan", "page_timeout_s is nan"),
        ("[input]\nurl_timeout_s = 1e8", "url_timeout_s is 100000000.0"),
        ("input = 3", "write [input]"),
        ("[input", "not a TOML file"),
    ],
)
def test_a_mistake_is_named_with_the_file_and_the_way_out(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        Options.from_toml(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml: cannot read"):
        Options.from_toml(tmp_path / "nowhere.toml")


def test_readme_shows_every_key_with_its_default(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    shown = readme.partition("```toml\n")[2].partition("```")[0]
    assert Options.from_toml(written(tmp_path, shown)) == Options()
    keys = {line.lstrip("# ").partition(" = ")[0] for line in shown.splitlines() if " = " in line}
    groups = {item.name: getattr(Options(), item.name) for item in fields(Options) if item.name != "reader"}
    assert keys == {"reader", *(item.name for group in groups.values() for item in fields(group))}


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(Options(input=InputOptions(password="secret")))
