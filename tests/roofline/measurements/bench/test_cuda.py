"""PyTorch on CUDA, as far as a made-up PyTorch shows it."""

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from roofline.errors import InputError
from roofline.measurements.bench.backend import DoesNotFitError, Shape
from roofline.measurements.bench.cuda import TorchBackend, load_torch


class OutOfMemoryError(RuntimeError):
    """As PyTorch has it."""


class Tensor:
    """A tensor that tells the made-up PyTorch what is done with it."""

    def __init__(self, torch: "FakeTorch", sizes: tuple[int, ...]) -> None:
        self.torch, self.sizes = torch, sizes

    def zero_(self) -> None:
        """A flush takes 5 ms."""
        self.torch.launch("flush", 5.0)

    def copy_(self, other: "Tensor") -> None:
        """A copy takes 2 ms."""
        assert other.sizes == self.sizes
        self.torch.launch("copy", 2.0)

    def sum(self) -> None:
        """A read takes 1 ms."""
        self.torch.launch("sum", 1.0)


class Event:
    """A point of time on the made-up device."""

    def __init__(self, torch: "FakeTorch") -> None:
        self.torch, self.at = torch, -1.0

    def record(self) -> None:
        """Remember the time."""
        self.at = self.torch.now

    def synchronize(self) -> None:
        """Must follow the record."""
        assert self.at >= 0
        self.torch.log.append("wait")

    def elapsed_time(self, end: "Event") -> float:
        """Milliseconds."""
        return end.at - self.at


class FakeTorch:
    """What the backend uses of PyTorch; a product takes 3 ms."""

    __version__ = "9.9.0"
    version = SimpleNamespace(cuda="99.1")
    float16, bfloat16, int8 = "float16", "bfloat16", "int8"

    def __init__(self) -> None:
        self.now = 0.0
        self.log: list[str] = []
        self.made: list[tuple[tuple[int, ...], str]] = []
        self.full = False
        properties = SimpleNamespace(
            name="Made-up GPU", total_memory=80_000, L2_cache_size=512, uuid="12-34"
        )
        self.cuda = SimpleNamespace(
            OutOfMemoryError=OutOfMemoryError,
            is_available=lambda: True,
            current_device=lambda: 0,
            get_device_properties=lambda _: properties,
            mem_get_info=lambda: (1_000, 80_000),
            empty_cache=lambda: self.log.append("free"),
            Event=lambda *, enable_timing: Event(self) if enable_timing else None,
        )

    def manual_seed(self, seed: int) -> None:
        """Fix the random numbers."""
        self.log.append(f"seed {seed}")

    def randn(self, *sizes: int, dtype: str, device: str) -> Tensor:
        """Random numbers on the device."""
        return self.empty(*sizes, dtype=dtype, device=device)

    def empty(self, *sizes: int, dtype: str, device: str) -> Tensor:
        """Memory on the device."""
        assert device == "cuda"
        if self.full:
            raise OutOfMemoryError
        self.made.append((sizes, dtype))
        return Tensor(self, sizes)

    def mm(self, a: Tensor, b: Tensor, out: Tensor) -> None:
        """One product."""
        assert (a.sizes[0], b.sizes[1]) == out.sizes
        self.launch("mm", 3.0)

    def bmm(self, a: Tensor, b: Tensor, out: Tensor) -> None:
        """A batch of products."""
        assert (a.sizes[0], a.sizes[1], b.sizes[2]) == out.sizes
        self.launch("bmm", 3.0)

    def launch(self, name: str, milliseconds: float) -> None:
        """Let time pass."""
        self.log.append(name)
        self.now += milliseconds


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> FakeTorch:
    """The made-up PyTorch, installed; the driver's tool is not."""
    fake = FakeTorch()
    monkeypatch.setitem(sys.modules, "torch", fake)
    monkeypatch.setattr("roofline.measurements.bench.cuda.shutil.which", lambda _: None)
    return fake


def test_without_pytorch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(InputError) as error:
        load_torch()
    assert str(error.value) == (
        '--backend: PyTorch is not installed; install the extra: pip install "llm-roofline[cuda]"'
    )


def test_without_a_device_the_cpu_is_named(torch: FakeTorch) -> None:
    torch.cuda.is_available = lambda: False
    with pytest.raises(InputError, match="no CUDA device; --backend numpy measures the CPU"):
        load_torch()


def test_other_number_formats_are_refused(torch: FakeTorch) -> None:
    with pytest.raises(InputError, match=r'bf16 and fp16, but the study computes in "fp8"'):
        TorchBackend("fp8")


@pytest.mark.parametrize(("dtype", "name"), [("fp16", "float16"), ("bf16", "bfloat16")])
def test_operands_have_the_studys_format(torch: FakeTorch, dtype: str, name: str) -> None:
    """The flush buffer is twice the L2 cache of 512 byte."""
    backend = TorchBackend(dtype)
    with backend.product(Shape(count=2, m=3, n=4, k=5)):
        pass
    assert torch.made == [
        ((1024,), "int8"),
        ((2, 3, 5), name),
        ((2, 5, 4), name),
        ((2, 3, 4), name),
    ]
    assert backend.flush_bytes == 1024
    assert backend.dtype == dtype


def test_a_flushed_run_is_one_launch_behind_the_flush(torch: FakeTorch) -> None:
    """The flush's 5 ms are not in the 3 ms of the product."""
    backend = TorchBackend("fp16")
    torch.log.clear()
    with backend.product(Shape(count=1, m=3, n=4, k=5)) as run:
        assert run(True) == pytest.approx(3e-3)
    assert torch.log == ["flush", "mm", "wait", "free"]


def test_a_run_without_flush_is_the_mean_of_several(torch: FakeTorch) -> None:
    """One to fill the cache, then ten between the events."""
    backend = TorchBackend("fp16")
    torch.log.clear()
    with backend.product(Shape(count=2, m=3, n=4, k=5)) as run:
        assert run(False) == pytest.approx(3e-3)
    assert torch.log == ["bmm"] * 11 + ["wait", "free"]


def test_a_copy_is_as_large_as_asked(torch: FakeTorch) -> None:
    """1,000 byte are 500 elements of 2."""
    backend = TorchBackend("fp16")
    with backend.copy(1_000) as run:
        assert run(True) == pytest.approx(2e-3)
    assert torch.made[1:] == [((500,), "float16")] * 2


def test_a_read_holds_one_buffer(torch: FakeTorch) -> None:
    """1,000 byte are 500 elements of 2."""
    with TorchBackend("fp16").read(1_000) as run:
        assert run(True) == pytest.approx(1e-3)
    assert torch.made[1:] == [((500,), "float16")]


def test_memory_that_runs_out_is_freed_and_said_so(torch: FakeTorch) -> None:
    """When operands are made, and when the product needs room of its own."""
    backend = TorchBackend("fp16")
    torch.full = True
    with pytest.raises(DoesNotFitError), backend.product(Shape(count=1, m=3, n=4, k=5)):
        pass
    assert torch.log[-1] == "free"
    torch.full = False

    def refuse(*_: object, **__: object) -> None:
        raise OutOfMemoryError

    torch.mm = refuse  # type: ignore[method-assign]  # a product that fails
    with pytest.raises(DoesNotFitError), backend.product(Shape(count=1, m=3, n=4, k=5)) as run:
        run(True)
    assert torch.log[-1] == "free"


def test_the_device_describes_itself_without_the_drivers_tool(torch: FakeTorch) -> None:
    """95% of 1,000 free byte."""
    backend = TorchBackend("fp16")
    device = backend.device()
    assert (device.name, device.memory, device.cache) == ("Made-up GPU", 80_000, 512)
    assert (device.driver, device.clocks) == (None, {})
    assert backend.libraries() == {"torch": "9.9.0", "cuda": "99.1"}
    assert backend.room() == pytest.approx(950)


@pytest.mark.parametrize(
    ("answer", "driver", "clocks"),
    [
        ("550.1, 1410, 1512, [N/A], 1600\n", "550.1", 3),
        ("No devices were found\n", None, 0),
        (subprocess.TimeoutExpired("nvidia-smi", 20), None, 0),
        (OSError(), None, 0),
    ],
)
def test_driver_and_clocks_come_from_the_drivers_tool(
    torch: FakeTorch, monkeypatch: pytest.MonkeyPatch, answer: Any, driver: str, clocks: int
) -> None:
    """It is asked about this device alone; MHz become Hz."""

    def run(line: list[str], **_: object) -> SimpleNamespace:
        assert line[:2] == ["/bin/nvidia-smi", "--id=GPU-12-34"]
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(stdout=answer)

    monkeypatch.setattr(
        "roofline.measurements.bench.cuda.shutil.which", lambda name: f"/bin/{name}"
    )
    monkeypatch.setattr("roofline.measurements.bench.cuda.subprocess.run", run)
    device = TorchBackend("fp16").device()
    assert device.driver == driver
    assert len(device.clocks) == clocks
    if clocks:
        assert device.clocks["clocks.sm"] == pytest.approx(1.41e9)
