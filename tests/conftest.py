"""Data and hypothesis profiles that all tests share.

Tests against the makemore lectures read names.txt and tables of published figures from the folder
that SKLEARN_MAKEMORE_TEST_DATA names (by default ../shared/data beside the checkout) and skip
where it is not there.
"""

import csv
import functools
import os
import socket
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

DATA = Path(
    os.environ.get("SKLEARN_MAKEMORE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")
)

# A normal run draws what the last one drew, so that what fails has been changed; a long one draws
# anew. How fast the machine is does not matter to either.
ANY_SPEED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", **ANY_SPEED, max_examples=50, derandomize=True)
settings.register_profile("long", **ANY_SPEED, max_examples=2_000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def data_file(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not in {DATA}; set SKLEARN_MAKEMORE_TEST_DATA")
    return path


@functools.cache
def has_loopback() -> bool:
    """Tell whether the machine reaches itself: one without a network may not."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=60).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def loopback():
    if not has_loopback():
        pytest.skip("no loopback interface")


@pytest.fixture
def several_threads():
    """Let torch compute in three threads, so that it shows if the library changes their number."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def names() -> list[str]:
    """The 32,033 names of the lectures."""
    return data_file("names.txt").read_text(encoding="ascii").split()


@pytest.fixture(scope="session")
def lecture_counts() -> Counter[tuple[str, str]]:
    """The bigram counts that the lecture prints."""
    with data_file("bigram_counts.csv").open(encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    return Counter({(row["first"], row["second"]): int(row["count"]) for row in rows})


def words_with_counts(counts: Counter[tuple[str, str]], boundary: str = ".") -> list[str]:
    """Make words that have exactly these bigram counts: an Eulerian circuit, cut at the boundary.

    Every symbol of a table of bigram counts has as many edges in as out, so a walk that always
    takes an unused edge (Hierholzer 1873) uses each exactly once and ends where it began.
    """
    edges = defaultdict(list)
    for (first, second), count in counts.items():
        edges[first] += [second] * count
    stack, circuit = [boundary], []
    while stack:
        if edges[stack[-1]]:
            stack.append(edges[stack[-1]].pop())
        else:
            circuit.append(stack.pop())
    return "".join(reversed(circuit))[1:-1].split(boundary)


@pytest.fixture(scope="session")
def lecture_words(lecture_counts: Counter[tuple[str, str]]) -> list[str]:
    """Words with exactly the bigram counts of the lecture, though not its words."""
    return words_with_counts(lecture_counts)
