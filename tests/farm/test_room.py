"""Memory is asked for before the work, and fewer workers take turns where it is short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondunit.errors import BadInput
from secondunit.farm.room import SPARE, WORKER_MIB, free_mib, workers_for


def test_this_machine_has_some() -> None:
    assert 100 < free_mib() < 2**24


@given(st.floats(0, 50_000), st.integers(1, 64), st.floats(600, 200_000))
def test_what_is_let_in_fits(memory: float, cores: int, free: float) -> None:
    try:
        workers = workers_for(memory, 1920, 1080, cores=cores, free=free)
    except BadInput:
        assert memory + WORKER_MIB > free * SPARE
        return
    assert 1 <= workers <= cores
    assert workers == 1 or workers * (memory + WORKER_MIB) <= free * SPARE


def test_the_size_that_would_fit_is_named_and_fits() -> None:
    with pytest.raises(BadInput, match=r"frames of 7680×4320 take about 16\.1 GB and 8\.0 are free") as caught:
        workers_for(16_000, 7680, 4320, cores=2, free=8192)
    width = int(caught.value.hint.split()[1])
    assert workers_for(16_000 * (width / 7680) ** 2, width, width * 9 // 16, cores=2, free=8192) == 1
    assert width > 4000
