"""What is read of a machine, here of made-up ones."""

from pathlib import Path

import pytest

from roofline.measurements.bench import host


def write(root: Path, **files: str) -> None:
    """Write files of a made-up machine; double underscores are slashes."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_machine_is_read(tmp_path: Path) -> None:
    """1 kB of the kernel is 1,024 byte; kHz are 1,000 Hz."""
    caches = {
        f"sys__devices__system__cpu__cpu0__cache__index{index}__size": text
        for index, text in enumerate(["48K\n", "2M\n", "?\n"])
    }
    write(
        tmp_path,
        proc__cpuinfo="processor\t: 0\nmodel name\t: Made-up  CPU 1\n",
        proc__meminfo="MemTotal:       4000 kB\nMemAvailable:   3000 kB\n",
        sys__devices__system__cpu__cpu0__cpufreq__cpuinfo_max_freq="3000000\n",
        **caches,
    )
    assert host.cpu_name(tmp_path) == "Made-up CPU 1"
    assert host.cache_bytes(tmp_path) == 2 * 1024 * 1024
    assert host.memory_bytes(tmp_path) == 4_096_000
    assert host.available_bytes(tmp_path) == 3_072_000
    assert host.clocks(tmp_path) == {"maximum": 3e9}


def test_the_limit_of_a_container_counts(tmp_path: Path) -> None:
    """2,000,000 less 500,000 is below 3,072,000; no limit leaves that."""
    write(
        tmp_path,
        proc__meminfo="MemTotal:       4000 kB\nMemAvailable:   3000 kB\n",
        sys__fs__cgroup__memory__current="500000\n",
    )
    current = tmp_path / "sys/fs/cgroup/memory/current"
    folder = tmp_path / "sys/fs/cgroup"
    current.rename(folder / "memory.current")
    (folder / "memory.max").write_text("2000000\n")
    assert host.available_bytes(tmp_path) == 1_500_000
    (folder / "memory.max").write_text("max\n")
    assert host.available_bytes(tmp_path) == 3_072_000


def test_a_machine_that_tells_nothing_still_has_a_name(tmp_path: Path) -> None:
    assert host.cpu_name(tmp_path)
    assert host.cache_bytes(tmp_path) is None
    assert host.clocks(tmp_path) == {}


@pytest.mark.parametrize(("told", "threads"), [("3", 3), ("0", None), ("many", None)])
def test_threads_are_those_that_the_library_was_told(
    monkeypatch: pytest.MonkeyPatch, told: str, threads: int | None
) -> None:
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    default = host.threads()
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    assert host.threads() == (threads or default)
