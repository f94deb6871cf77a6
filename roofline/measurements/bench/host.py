"""What can be read of the machine without a library: its CPU, caches and memory."""

import os
import platform
import re
from pathlib import Path

_SYSTEM = Path("/")
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_NO_LIMIT = 1 << 60
"""A limit that the kernel writes where there is none [byte]."""


def _read(path: str, root: Path) -> str:
    try:
        return (root / path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def cpu_name(root: Path = _SYSTEM) -> str:
    """Name of the CPU; that of its architecture where there is no other."""
    model = re.search(r"^model name\s*:\s*(.+)$", _read("proc/cpuinfo", root), re.MULTILINE)
    name = model[1] if model else platform.processor() or platform.machine()
    return " ".join(name.split()) or "unknown CPU"


def cache_bytes(root: Path = _SYSTEM) -> int | None:
    """Size of the largest cache, if it can be read [byte]."""
    sizes = []
    for index in range(8):
        text = _read(f"sys/devices/system/cpu/cpu0/cache/index{index}/size", root).strip()
        if size := re.fullmatch(r"(\d+)([KMG]?)", text):
            sizes.append(int(size[1]) * _UNITS[size[2]])
    return max(sizes, default=None)


def memory_bytes(root: Path = _SYSTEM) -> int | None:
    """Memory of the machine, if it can be read [byte]."""
    if (total := _meminfo("MemTotal", root)) is not None:
        return total
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def available_bytes(root: Path = _SYSTEM) -> int | None:
    """Memory that can be taken without swapping, if it can be read [byte].

    The limit of a container counts; where only the whole memory is known, half of it.
    """
    available = _meminfo("MemAvailable", root)
    if available is None:
        total = memory_bytes(root)
        available = None if total is None else total // 2
    for limit, used in (
        ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current"),
        (
            "sys/fs/cgroup/memory/memory.limit_in_bytes",
            "sys/fs/cgroup/memory/memory.usage_in_bytes",
        ),
    ):
        texts = [_read(name, root).strip() for name in (limit, used)]
        if all(text.isdecimal() for text in texts) and int(texts[0]) < _NO_LIMIT:
            left = max(0, int(texts[0]) - int(texts[1]))
            available = left if available is None else min(available, left)
    return available


def _meminfo(key: str, root: Path) -> int | None:
    size = re.search(rf"^{key}:\s*(\d+) kB$", _read("proc/meminfo", root), re.MULTILINE)
    return None if size is None else int(size[1]) << 10


def clocks(root: Path = _SYSTEM) -> dict[str, float]:
    """Clocks of the first core, as far as they can be read [Hz]."""
    folder = "sys/devices/system/cpu/cpu0/cpufreq"
    rates = {}
    for name, file in (("current", "scaling_cur_freq"), ("maximum", "cpuinfo_max_freq")):
        text = _read(f"{folder}/{file}", root).strip()
        if text.isdecimal():
            rates[name] = float(text) * 1e3
    return rates


def threads() -> int:
    """Threads that a library for linear algebra takes: as told, else one for each core."""
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        text = os.environ.get(variable, "").strip()
        if text.isdecimal() and int(text) > 0:
            return int(text)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
