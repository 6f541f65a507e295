"""Makes docs/images/paper.png: the sample page beside the Markdown that leafbeam writes of it.

python docs/images/make_picture.py      (needs poppler-utils and chromium from Debian)
"""

import base64
import html
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
PAGE = """<meta charset=utf-8><style>body{{margin:0;display:flex;background:#e8e8e4;width:1640px;height:1000px}}
img{{height:960px;margin:20px;box-shadow:0 1px 6px #999}}
pre{{flex:1;margin:20px 20px 20px 0;padding:18px;background:#fff;font:12.5px/1.45 'DejaVu Sans Mono',monospace;
white-space:pre-wrap;overflow:hidden;box-shadow:0 1px 6px #999}}</style>
<img src="data:image/png;base64,{image}"><pre>{text}</pre>"""

with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    subprocess.run(["leafbeam", "read", ROOT / "examples/paper.pdf", "-q", "-o", folder], check=True)
    subprocess.run(
        ["pdftoppm", "-r", "110", "-png", "-singlefile", ROOT / "examples/paper.pdf", folder / "page"], check=True
    )
    image = base64.b64encode((folder / "page.png").read_bytes()).decode()
    text = html.escape((folder / "paper.md").read_text(encoding="utf-8"))
    (folder / "both.html").write_text(PAGE.format(image=image, text=text), encoding="utf-8")
    target = f"--screenshot={ROOT / 'docs/images/paper.png'}"
    subprocess.run(["chromium", *FLAGS.split(), "--window-size=1640,1000", target, folder / "both.html"], check=True)
