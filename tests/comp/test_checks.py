"""Checks report what was measured; what was not measured never passes."""

from hypothesis import given
from hypothesis import strategies as st

from secondunit.comp.checks import RULES, run_checks

GOOD = {
    "untouched_changed": 0,
    "reprojection_px": 1.0,
    "matte_coverage": 0.999,
    "matte_spill": 0.001,
    "rest_delta_e": 1,
    "peak_acceleration_g": 1,
    "rebound_share": 0,
    "penetration_p99_m": 0.01,
    "floating": 0,
    "size_decades": 3.4,
    "interior_layers": 5,
    "contact_light": 0.5,
    "dust_lag_frames": 0,
    "dust_shadow": 0.4,
    "shutter_deg": 180,
    "grain_ratio": 1,
    "stray_grain": 0,
    "sharpness_ratio": 1,
    "bulking": 1.4,
    "first_failure_m": 0.2,
    "front_speed_ratio": 1,
    "end_frames_off": 1,
    "resum_error": 1e-5,
    "structure_left": 0.01,
}


def test_all_seventeen_are_reported_in_order():
    assert [c.number for c in run_checks(GOOD)] == list(range(1, 18))
    assert all(c.passed for c in run_checks(GOOD))


@given(st.sampled_from(sorted(GOOD)))
def test_a_missing_figure_never_passes(name):
    for broken in ({k: v for k, v in GOOD.items() if k != name}, GOOD | {name: float("nan")}):
        check = next(c for c in run_checks(broken) if any(p[0] == name for p in RULES[c.number - 1].parts))
        assert check.passed is None and check.note


@given(st.sampled_from([(r.number, p) for r in RULES for p in r.parts]), st.floats(0.01, 100))
def test_outside_its_limit_a_check_misses(which, by):
    number, (name, least, most, _) = which
    value = least - by if most == float("inf") else most + by
    assert run_checks(GOOD | {name: value})[number - 1].passed is False


def test_limits_read_like_a_sentence():
    limits = {c.number: c.limit for c in run_checks(GOOD)}
    assert limits[1] == "0 px differ"
    assert limits[7] == "≥ 3.0 decades of volume"
    assert limits[12] == "0.90–1.10 ×, 0 px elsewhere"
    assert "±2 frames" in limits[15]
