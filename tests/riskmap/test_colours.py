"""The five colours: readable labels, and told apart by every eye and in print."""

from itertools import combinations

import numpy as np
import pytest

from riskmap.colours import COLOURS, INK, LEVELS, WHITE, colour

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear sRGB
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
GREY = np.tile([0.2126, 0.7152, 0.0722], (3, 1))
VIEWS = {"normal": np.eye(3), "protanopia": PROTANOPIA, "deuteranopia": DEUTERANOPIA, "grey": GREY}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(text: str) -> np.ndarray:
    """Return linear sRGB of a hex colour (IEC 61966-2-1)."""
    value = np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    light = sorted(float(GREY[0] @ linear(text)) + 0.05 for text in (first, second))
    return light[1] / light[0]


def lab(rgb: np.ndarray) -> np.ndarray:
    """Return CIE L*a*b* (D65) of linear sRGB."""
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def delta_e(first: np.ndarray, second: np.ndarray) -> float:
    """Return ΔE2000 of two L*a*b* colours (Sharma, Wu & Dalal 2005)."""
    (l1, a1, b1), (l2, a2, b2) = first, second
    mean_c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(mean_c7 / (mean_c7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0
    dh = 0.0 if grey else (h2 - h1 + 180) % 360 - 180
    h = h1 + h2 if grey else (h1 + dh / 2) % 360
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    cos = [np.cos(np.radians(k * h + shift)) for k, shift in ((1, -30), (2, 0), (3, 6), (4, -63))]
    t = 1 - 0.17 * cos[0] + 0.24 * cos[1] + 0.32 * cos[2] - 0.20 * cos[3]
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    turn = np.radians(60 * np.exp(-(((h - 275) / 25) ** 2)))
    r_t = -np.sin(turn) * 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))
    lightness, chroma = (l2 - l1) / s_l, (c2 - c1) / s_c
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh / 2)) / s_h
    return float(np.sqrt(lightness**2 + chroma**2 + hue**2 + r_t * chroma * hue))


def test_the_measure_itself_on_printed_pairs() -> None:
    # Sharma, Wu & Dalal 2005, table 1, pairs 1, 7, 13, 17 and 25
    pairs = [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ]
    for first, second, printed in pairs:
        assert delta_e(np.array(first, float), np.array(second, float)) == pytest.approx(
            printed, abs=5e-4
        )
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


@pytest.mark.parametrize("view", VIEWS)
def test_any_two_levels_differ_in_every_view(view: str) -> None:
    seen = {level: lab(VIEWS[view] @ linear(COLOURS[level].fill)) for level in LEVELS[:5]}
    for one, other in combinations(seen, 2):
        assert delta_e(seen[one], seen[other]) >= 12.0, (view, one, other)


@pytest.mark.parametrize("level", LEVELS)
def test_labels_can_be_read(level: str) -> None:
    assert contrast(COLOURS[level].fill, COLOURS[level].text) >= 4.5
    assert COLOURS[level].text in {INK, WHITE}


def test_the_sixth_state_is_no_pale_green_and_carries_a_pattern() -> None:
    missing = COLOURS["no_data"]
    assert len({missing.fill[i : i + 2] for i in (1, 3, 5)}) == 1
    assert missing.hatch
    assert not any(COLOURS[level].hatch for level in LEVELS[:5])
    assert missing.word == "缺"
    assert [COLOURS[level].word for level in LEVELS] == list("红橙黄蓝绿缺")


def test_an_unknown_or_missing_level_is_shown_as_no_data() -> None:
    assert colour(None) is COLOURS["no_data"]
    assert colour("red") is COLOURS["red"]
    with pytest.raises(KeyError):
        colour("purple")
