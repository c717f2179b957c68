"""When a training ends."""

from __future__ import annotations

import pytest

from secondunit.engines.keyframe.course import PATIENCE, Course, has_stalled, last_step, rate


def test_so_many_steps_are_that_many_and_the_clock_does_not_matter() -> None:
    course = Course(minutes=0.001, steps=500)
    assert not course.cools_from(299, 1e9, [30.0] * 99)
    assert course.cools_from(300, 0.0, [])
    assert last_step(300, 500) == 500


def test_minutes_leave_time_to_cool() -> None:
    course = Course(minutes=2)
    assert not course.cools_from(700, 71.9, [])
    assert course.cools_from(700, 72.1, [])
    # At the pace of the first 72 seconds the rest fills the two minutes.
    assert 72.1 * last_step(700) / 700 == pytest.approx(120, rel=0.01)


def test_it_stops_by_itself_when_the_held_out_figure_stands_still() -> None:
    rising = [25 + 0.5 * n for n in range(20)]
    assert not has_stalled(rising)
    assert not has_stalled(rising + [rising[-1]] * (PATIENCE - 1))
    assert has_stalled(rising + [rising[-1] + 0.05] * PATIENCE)
    assert Course(minutes=60).cools_from(2000, 60.0, rising + [30.0] * PATIENCE)


def test_the_rate_warms_up_stays_and_sinks_to_nothing() -> None:
    assert rate(0, None) < 0.05
    assert rate(1000, None) == rate(5000, None) == 1
    cooling = [rate(step, 600, 1000) for step in range(600, 1000)]
    assert cooling[0] == 1
    assert cooling == sorted(cooling, reverse=True)
    assert 0 < cooling[-1] < 0.01
