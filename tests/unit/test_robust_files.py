"""Every hostile file ends as expected: loaded and drawn, or a clear error that names it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from robust_files import CASES, PASSWORD, Case, damaged, encrypted, form_fields, object_streams, one_page

from leafbeam.errors import LeafbeamError
from leafbeam.load import LoadFailure, find_sources
from leafbeam.options import InputOptions
from leafbeam.render import close_documents, open_pdf_page, render_page
from leafbeam.types import PageRef, Source, SourceKind


def load_one(path: Path, spool: Path, options: InputOptions) -> Source | LoadFailure:
    [found] = find_sources([path], options, spool)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_ends_as_expected(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.make())
    options = InputOptions(max_megapixels=8)
    found = load_one(path, tmp_path / "spool", options)
    if case.error is not None:
        assert isinstance(found, LoadFailure)
        assert type(found.error) is case.error
        assert case.name in str(found.error)
        return
    assert isinstance(found, Source), found
    assert (found.page_count, found.repaired) == (case.pages, case.repaired)
    ref = PageRef(found, found.pages[-1])
    try:
        if case.page_error is not None:
            with pytest.raises(case.page_error, match=case.name):
                render_page(ref, options)
            return
        check_drawn(case, ref, options)
    finally:
        close_documents()


def check_drawn(case: Case, ref: PageRef, options: InputOptions) -> None:
    image = render_page(ref, options, dpi=100)
    height, width = image.pixels_HWC.shape[:2]
    assert width * height <= 8_000_000
    assert min(width, height) >= 1
    assert not image.pixels_HWC.flags.writeable
    ink = (image.pixels_HWC.min(axis=2) < 128).mean()
    if case.blank is not None:
        assert ink == 0 if case.blank else 0.0005 < ink < 0.35
    if case.size is not None:
        with open_pdf_page(ref) as page:
            assert page.get_size() == pytest.approx(case.size, abs=0.5)
        unit = 3 if case.name == "user_unit.pdf" else 1
        expected = min(100.0 * unit, (8e6 / (case.size[0] * case.size[1])) ** 0.5 * 72)
        assert image.dpi == pytest.approx(expected, rel=0.01) or case.name == "ribbon_page.pdf"
    if ref.source.kind is SourceKind.IMAGE and not case.blank:
        check_upright(image.pixels_HWC[:, :, 1].min(axis=1), image.pixels_HWC[:, :, 1].min(axis=0))


def check_upright(rows, columns) -> None:  # type: ignore[no-untyped-def]
    """The text stands at 15 % of the height and begins at 10 % of the width."""
    inked_rows, inked_columns = (rows < 128).nonzero()[0], (columns < 128).nonzero()[0]
    assert 0.14 < inked_rows[0] / len(rows) < 0.19
    assert inked_rows[-1] / len(rows) < 0.23
    assert 0.09 < inked_columns[0] / len(columns) < 0.13


@pytest.mark.parametrize("name", ["enc_user_aes256.pdf", "enc_user_rc4.pdf"])
def test_the_password_opens_and_a_wrong_one_says_so(name: str, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.name == name)
    path = tmp_path / name
    path.write_bytes(case.make())
    found = load_one(path, tmp_path, InputOptions(password=PASSWORD))
    assert isinstance(found, Source)
    assert (render_page(PageRef(found, 0), InputOptions()).pixels_HWC < 128).any()
    assert PASSWORD not in repr(found)
    failure = load_one(path, tmp_path, InputOptions(password="wrong"))
    assert isinstance(failure, LoadFailure)
    assert "does not open" in str(failure.error)


@pytest.mark.parametrize("original", [one_page, object_streams, form_fields])
def test_damage_ends_in_pages_or_in_clear_errors(original: Callable[[], bytes], tmp_path: Path) -> None:
    """Overwritten bytes and cut-off ends of many kinds; the test is that nothing else is raised."""
    data, path, options = original(), tmp_path / "damaged.pdf", InputOptions(max_megapixels=1)
    drawn, messages = 0, []
    for seed in range(40):
        broken = damaged(data, seed, count=1 + seed % 9)
        path.write_bytes(broken[: len(data) * (seed + 5) // 30] if seed < 25 else broken)
        for found in find_sources([path], options, tmp_path / "spool"):
            if isinstance(found, LoadFailure):
                messages.append(str(found.error))
                continue
            try:
                render_page(PageRef(found, 0), options, dpi=20)
                drawn += 1
            except LeafbeamError as error:
                messages.append(str(error))
            finally:
                close_documents()
    assert drawn > 5
    assert all("damaged.pdf" in message for message in messages)


@pytest.mark.parametrize("strong", [True, False])
def test_passwords_need_not_be_ascii(strong: bool, tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(encrypted("clé à ü", "owner", strong))
    found = load_one(path, tmp_path, InputOptions(password="clé à ü"))
    assert isinstance(found, Source), found
    render_page(PageRef(found, 0), InputOptions(), dpi=20)


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    for case in CASES:
        if case.name in {"empty.pdf", "grey.png", "header_only.pdf", "plain.pdf"}:
            (tmp_path / case.name).write_bytes(case.make())
    found = list(find_sources([tmp_path], InputOptions(), tmp_path / "spool"))
    assert [type(item) for item in found] == [LoadFailure, Source, LoadFailure, Source]
    assert all(isinstance(item.error, LeafbeamError) for item in found if isinstance(item, LoadFailure))
