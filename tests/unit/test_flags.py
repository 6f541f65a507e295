"""The flags of ``leafbeam read``: each reaches the option it is for, over the option file's value."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leafbeam.cli import app
from leafbeam.errors import UsageError
from leafbeam.flags import FLAGS, parse_formats, with_flags
from leafbeam.options import InputOptions, Options, OutputFormat, Profile


def test_what_is_given_replaces_what_the_file_says_and_nothing_else() -> None:
    base = Options(input=InputOptions(pages="2", max_megapixels=5.0))
    given = {"pages": "3", "profile": Profile.FAST, "figures": False, "jobs": None}
    options = with_flags(base, given)
    assert options.input == InputOptions(pages="3", max_megapixels=5.0)
    assert options.offline == dataclasses.replace(base.offline, profile=Profile.FAST, figures=False)
    assert (options.write, options.run, options.remote) == (base.write, base.run, base.remote)


def test_nothing_given_changes_nothing() -> None:
    assert with_flags(Options(), {flag.field: None for flag in FLAGS}) == Options()


def test_a_value_out_of_range_is_named() -> None:
    with pytest.raises(UsageError, match=r"^--max-megapixels is -1\.0, give"):
        with_flags(Options(), {"max_megapixels": -1.0})


def test_formats_are_taken_once_and_an_unknown_one_names_the_nearest() -> None:
    assert parse_formats("md, html,md") == (OutputFormat.MD, OutputFormat.HTML)
    with pytest.raises(UsageError, match="'htm': did you mean 'html'"):
        parse_formats("md,htm")
    with pytest.raises(UsageError, match="'docx': known: md, html"):
        parse_formats("docx")


def test_the_help_shows_every_flag_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = CliRunner().invoke(app, ["read", "--help"], env={"NO_COLOR": "1"}).output
    assert all(name.partition("/")[0] in shown for flag in FLAGS for name in flag.names)
    assert "Default: accurate." in shown
    assert "Default: 300." in shown
    assert "Default: md." in shown


def test_a_mistyped_choice_names_the_nearest(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["read", str(tmp_path), "--profile", "fats"])
    assert result.exit_code == 2
    assert "did you mean 'fast'" in result.output
