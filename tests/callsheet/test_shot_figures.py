"""Figures of the shot: bursts of dust against impacts, blur, sharpness, and what is said where they cannot be had."""

import numpy as np
import pytest

from secondunit.callsheet.collapse.shot_figures import dust_lag, over_the_shot
from secondunit.comp.checks import run_checks


def rows(**changes):
    """Ninety frames that pass."""
    rng = np.random.default_rng(1)
    energy = 1e4 * np.exp(-(((np.arange(90) - 45) / 20) ** 2)) * rng.uniform(0.2, 1.8, 90)
    mass = np.cumsum(np.sqrt(energy))
    return [
        {
            "index": k,
            "untouched_changed": 0,
            "resum_error": 0.0,
            "seen": ["wall", "slab", "partition", "roof"],
            "impact_energy": float(energy[k]),
            "dust_mass": float(mass[k]),
            "dust_shadow": 0.5,
            "contact_light": 0.6,
            "stray_grain": 0,
            "grain_ratio": 1.0,
            "edge_widths": rng.normal(1.3, 0.1, 5).tolist(),
            "shutter": [[180 + float(d), 8.0] for d in rng.normal(0, 6, 3)],
        }
        | changes
        for k in range(90)
    ]


def verdicts(frames, plate_edge=1.25):
    figures, notes = over_the_shot(frames, plate_edge)
    return {c.number: c for c in run_checks(figures, notes)}


def test_a_good_shot_passes():
    found = verdicts(rows())
    assert all(found[k].passed for k in (1, 8, 9, 10, 11, 12, 13, 16))


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"contact_light": 1.0}, 9),
        ({"dust_shadow": 1.0}, 10),
        ({"shutter": [[95.0, 8.0]]}, 11),
        ({"shutter": [[350.0, 8.0]]}, 11),
        ({"grain_ratio": 0.7}, 12),
        ({"stray_grain": 3}, 12),
        ({"edge_widths": [0.9]}, 13),
        ({"edge_widths": [2.0]}, 13),
    ],
)
def test_a_fault_fails_its_check(changes, number):
    assert verdicts(rows(**changes))[number].passed is False


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"contact_light": None}, 9),
        ({"dust_shadow": None}, 10),
        ({"dust_mass": 0.0}, 10),
        ({"impact_energy": 0.0}, 10),
        ({"shutter": []}, 11),
        ({"grain_ratio": None}, 12),
        ({"edge_widths": []}, 13),
    ],
)
def test_what_cannot_be_had_says_so(changes, number):
    check = verdicts(rows(**changes))[number]
    assert check.passed is None and check.note


def test_a_plate_without_edges_says_so():
    assert verdicts(rows(), None)[13].passed is None


@pytest.mark.parametrize("late", [-3, 0, 1, 4])
def test_the_lag_of_dust_is_found_though_both_swell_and_ebb(late):
    rng = np.random.default_rng(7)
    energy = 1e6 * np.exp(-(((np.arange(100) - 60) / 18) ** 2)) * rng.uniform(0.3, 1.7, 100)
    mass = np.cumsum(np.roll(np.sqrt(energy), late))
    assert dust_lag(energy, mass) == late


def test_dust_without_bursts_has_no_lag():
    smooth = np.exp(-(((np.arange(100) - 60) / 18) ** 2))
    noise = np.random.default_rng(3).uniform(0.5, 1.5, 100)
    assert dust_lag(smooth * 0 + 1e4, np.cumsum(smooth)) is None
    assert dust_lag(noise * 0 + 1, np.cumsum(noise)) is None
