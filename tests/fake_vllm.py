"""Stands in for the ``vllm`` command: takes its arguments and answers as a chat server."""

from __future__ import annotations

import signal
import sys
import time

from chat_server import ChatServer, Say

arguments = sys.argv[1:]
if "--die" in arguments:
    sys.exit("no such model")
model, port = arguments[1], int(arguments[arguments.index("--port") + 1])
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
with ChatServer(lambda asked: Say(" ".join(arguments)), models=[model], port=port):
    while True:
        time.sleep(0.1)
