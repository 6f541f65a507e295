"""Reads an olmOCR-bench folder with leafbeam into a candidate folder and a file of figure boxes.

python benchmarks/candidate.py BENCH_DIR OUT_DIR [options of `leafbeam read`]

BENCH_DIR holds pdfs/. OUT_DIR gets <path>_pg1_repeat1.md for each PDF, and boxes.jsonl with the figures of every page:
{"pdf", "page", "bbox_1000": [x0, y0, x1, y1]} in thousandths of the page as shown, origin top left.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from leafbeam.frame import frame_of_page, shown_box
from leafbeam.types import BlockKind
from leafbeam.write import from_json


def boxes_of(path: Path, pdf: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for page in from_json(path.read_text(encoding="utf-8")).pages:
        for block in page.blocks:
            if block.kind is BlockKind.FIGURE and block.box is not None:
                shown = shown_box(block.box, frame_of_page(page))
                corners = [round(1000 * v) for v in (shown.left, shown.top, shown.right, shown.bottom)]
                found.append({"pdf": pdf, "page": page.ref.index + 1, "bbox_1000": corners})
    return found


def main(bench: Path, out: Path, options: list[str]) -> None:
    pdfs = bench / "pdfs"
    boxes: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        command = ["leafbeam", "read", str(pdfs), "-o", folder, "--to", "md,json", "--tables", "html", *options]
        subprocess.run(command, check=False)  # a page that fails is an empty candidate, as for the rivals
        for pdf in sorted(pdfs.rglob("*.pdf")):
            name = pdf.relative_to(pdfs).with_suffix("")
            target = out / name.with_name(f"{name.name}_pg1_repeat1.md")
            target.parent.mkdir(parents=True, exist_ok=True)
            written = Path(folder, name).with_name(f"{name.name}.md")
            target.write_text(written.read_text(encoding="utf-8") if written.exists() else "", encoding="utf-8")
            if written.exists():
                boxes += boxes_of(written.with_suffix(".json"), f"{name}.pdf")
    (out / "boxes.jsonl").write_text("".join(json.dumps(box) + "\n" for box in boxes), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
