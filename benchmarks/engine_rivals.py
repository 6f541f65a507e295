"""Other engines on the pages of engine.py, which calls this: seconds until its first token and its last."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tiny_models import noise

SIZE = 1540, 1204


def peak_bytes() -> int:
    """The most memory that this process and those it started have had, added up."""
    parents: dict[int, int] = {}
    peaks: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            told = dict(line.split(":", 1) for line in path.read_text().splitlines())
        except OSError:
            continue
        parents[int(told["Pid"])] = int(told["PPid"])
        peaks[int(told["Pid"])] = int(told.get("VmHWM", "0 kB").split()[0]) * 1024
    mine = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in mine} - mine:
        mine |= more
    return sum(peaks.get(process, 0) for process in mine)


def by_transformers(asked, pages: int) -> dict:
    import torch
    import transformers

    from leafbeam.model.checkpoint import open_checkpoint
    from leafbeam.model.pictures import prepare

    torch.set_num_threads(asked.threads)
    checkpoint = open_checkpoint(asked.checkpoint)
    model = transformers.LightOnOcrForConditionalGeneration.from_pretrained(asked.checkpoint, dtype=torch.bfloat16)
    model.eval()
    pictures = [prepare(noise(*SIZE, key), checkpoint.rules) for key in range(pages)]
    times: list[float] = []

    def clock(*_, **__) -> torch.Tensor:
        times.append(time.perf_counter())
        return torch.zeros(pages, dtype=torch.bool)

    start = time.perf_counter()
    with torch.inference_mode():
        ids = torch.tensor([checkpoint.tokens.prompt([picture.tokens]) for picture in pictures])
        rows = []
        for picture in pictures:
            pixels = torch.from_numpy(picture.pixels_CHW)[None].bfloat16()
            rows.extend(model.model.get_image_features(pixels, torch.tensor([pixels.shape[-2:]])).pooler_output)
        x = model.get_input_embeddings()(ids)
        x[ids == checkpoint.config.image_token] = torch.cat(list(rows)).to(x.dtype)
        vision = time.perf_counter() - start
        answer = model.generate(
            inputs_embeds=x,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=asked.tokens,
            do_sample=False,
            eos_token_id=-1,
            stopping_criteria=transformers.StoppingCriteriaList([clock]),
        )
    assert answer.shape[1] == asked.tokens, answer.shape
    return {"vision": vision, "first": times[0] - start, "total": times[-1] - start, "note": transformers.__version__}


def by_vllm(asked, pages: int) -> dict:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = f"http://127.0.0.1:{port}"
    told = {"HF_HUB_OFFLINE": "1", "VLLM_CPU_OMP_THREADS_BIND": f"0-{asked.threads - 1}", "VLLM_CPU_KVCACHE_SPACE": "4"}
    command = [asked.vllm, "-m", "vllm.entrypoints.cli.main", "serve", asked.checkpoint, "--host", "127.0.0.1"]
    command += ["--port", str(port), "--limit-mm-per-prompt", '{"image": 1}', "--mm-processor-cache-gb", "0"]
    command += ["--no-enable-prefix-caching", "--dtype", "bfloat16", "--max-model-len", "4096"]
    command += ["--gpu-memory-utilization", "0.4"]
    with (asked.work / "vllm.log").open("w") as log:
        server = subprocess.Popen(list(map(str, command)), env=os.environ | told, stdout=log, stderr=log)
        try:
            _wait(server, f"{where}/health", asked.work / "vllm.log")
            _answered(where, asked, 99, 4)  # so that nothing is compiled while the clock runs
            start = time.perf_counter()
            with ThreadPoolExecutor(pages) as pool:
                times = list(pool.map(lambda key: _answered(where, asked, key, asked.tokens), range(pages)))
            first, last = min(pair[0] for pair in times), max(pair[1] for pair in times)
            return {"vision": 0, "first": first - start, "total": last - start, "note": "", "peak": peak_bytes()}
        finally:
            server.terminate()
            server.wait(60)


def _wait(server: subprocess.Popen, url: str, log: Path) -> None:
    for _ in range(900):
        if server.poll() is not None:
            raise SystemExit(f"vLLM ended: {log.read_text()[-3000:]}")
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    raise SystemExit("vLLM does not answer after a quarter of an hour")


def _answered(where: str, asked, key: int, tokens: int) -> tuple[float, float]:
    """When the first token of a page came, and when the last."""
    buffer = io.BytesIO()
    _image(key).save(buffer, "PNG")
    picture = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    content = [{"type": "image_url", "image_url": {"url": picture}}]
    body = {"model": str(asked.checkpoint), "messages": [{"role": "user", "content": content}], "temperature": 0}
    body |= {"max_tokens": tokens, "ignore_eos": True, "stream": True, "return_token_ids": True}
    request = urllib.request.Request(f"{where}/v1/chat/completions", json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    first, count = 0.0, 0
    with urllib.request.urlopen(request, timeout=3600) as answer:
        for line in answer:
            choices = json.loads(line[6:]).get("choices") if line.startswith(b"data: {") else None
            if choices and (fresh := choices[0].get("token_ids")):
                first, count = first or time.perf_counter(), count + len(fresh)
    assert count == tokens, (count, tokens)
    return first, time.perf_counter()


def by_llama(asked, pages: int) -> dict:
    assert pages == 1, "llama-mtmd-cli reads one page"
    picture = asked.work / "page.png"
    _image(0).save(picture)
    command = [asked.llama / "llama-mtmd-cli", "-m", asked.llama / "text.gguf", "--mmproj", asked.llama / "mmproj.gguf"]
    command += ["--image", picture, "-p", "OCR", "--temp", "0", "-n", asked.tokens, "-t", asked.threads, "-c", "8192"]
    command += ["--ignore-eos", "--chat-template", "chatml"]
    done = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    told, most = "", 0
    assert done.stdout
    for line in done.stdout:
        told, most = told + line, max(most, peak_bytes())
    vision = sum(float(found) for found in re.findall(r"encoded in +([\d.]+) ms", told)) / 1000
    prompt, steps = re.findall(r"eval time = +([\d.]+) ms", told)[-2:]
    first = float(prompt) / 1000
    first = first if first > vision else first + vision
    return {"vision": vision, "first": first, "total": first + float(steps) / 1000, "note": "", "peak": most}


def _image(key: int):
    from PIL import Image

    return Image.fromarray(noise(*SIZE, key))


RIVALS = {"transformers": by_transformers, "vllm": by_vllm, "llama": by_llama}
