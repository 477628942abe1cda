"""The default scheme is what DOMAIN §11 says, and a wrong scheme is refused, all at once."""

import re
from datetime import date
from hashlib import sha256

import pytest

from scoring.errors import SchemeError
from scoring.schemes.scheme import load_scheme


def faults(text):
    with pytest.raises(SchemeError) as error:
        load_scheme(text)
    return error.value.faults


def changed(text, old, new, count=1):
    assert text.count(old) >= 1, old
    return text.replace(old, new, count)


def test_default_scheme(scheme, scheme_text):
    assert scheme.version == "default-2026.3"
    assert scheme.valid_from <= date(2026, 6, 30) <= scheme.valid_to
    assert scheme.digest == sha256(scheme_text.encode("utf-8")).hexdigest()
    assert scheme.edges.tolist() == [35, 50, 65, 80]
    assert scheme.dynamic.tolist() == [0.8, 0.4, 0.3, 0.3]
    assert scheme.exponents.tolist() == [0.5, 0.25, 0.25]
    assert scheme.backlog.weights.tolist() == [1, 3, 10, 20] and scheme.backlog.scale == 50
    assert scheme.vulnerable_kinds == ("school", "kindergarten", "hospital", "eldercare")
    assert [(reach.layer, reach.distance_m) for reach in scheme.reach] == [
        ("hazard_sources", 500),
        ("risk_points", 200),
    ]
    assert dict(scheme.grade_weights) == {
        "red": 4,
        "orange": 2,
        "yellow": 1,
        "blue": 0.25,
        "ungraded": 1,
    }
    assert dict(scheme.deadlines_days) == {"town_days": 15, "district_days": 30}


def test_a_scheme_cannot_be_changed(scheme):
    with pytest.raises(AttributeError):
        scheme.version = "x"
    with pytest.raises(TypeError):
        scheme.domains["消防"] = 0
    for array in (scheme.matrix, scheme.effects, scheme.effects14, scheme.dynamic):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_domains_of_the_ledger_have_a_sector(scheme):
    domains = "消防 危化 工矿 工贸 建设施工 道路交通 涉水涉渔 旅游 城市运行 城镇燃气 特种设备"
    domains += " 有限空间 防汛 地质灾害 森林火险 其他"
    assert set(domains.split()) == set(scheme.domains)
    assert scheme.sector_codes[scheme.domains["旅游"]] == "消防"


@pytest.mark.parametrize(
    ("signal", "weather"),
    [
        *(("暴雨", "暴雨"), ("雷电", "强对流/雷电"), ("雷雨大风", "大风"), ("雷暴大风", "大风")),
        *(("海上大风", "大风"), ("海上雷雨大风", "大风"), ("寒冷", "寒潮"), ("低温", "寒潮")),
        *(("道路结冰", "道路结冰/低温冰冻"), ("低温雨雪冰冻", "道路结冰/低温冰冻")),
        *(("强对流", "强对流/雷电"), ("灰霾", "霾"), ("森林火险", "森林火险气象等级高")),
    ],
)
def test_types_of_signals(scheme, signal, weather):
    assert scheme.weathers[scheme.weather_index(signal)].code == weather


def test_types_without_effects_are_known_and_others_are_not(scheme):
    assert scheme.weather_index("臭氧") == -1
    assert scheme.weather_index(" 霜冻 ") == -1
    assert scheme.weather_index("火山灰") is None


def test_every_official_type_is_listed(scheme):
    # 12379 codes 11B01 … 11B99 (DOMAIN §4.2).
    official = (
        "台风 龙卷风 暴雨 暴雪 寒潮 大风 沙尘暴 低温(冻害) 高温 热浪 干热风 下击暴流 雪崩 雷电"
    )
    official += " 冰雹 霜冻 大雾 低空风切变 霾 雷雨大风 道路结冰 干旱 海上大风 高温中暑 森林火险"
    official += " 草原火险 冰冻 空间天气 重污染 低温雨雪冰冻 强对流 臭氧 大雪 寒冷 连阴雨 其他"
    assert set(official.split()) <= set(scheme.weather_types)


def test_hours_of_a_signal_without_an_end(scheme):
    assert scheme.validity_hours["*"] == 24 and "暴雨" not in scheme.validity_hours
    assert scheme.validity_hours["寒潮"] == 48


# ------------------------------------------------------------------ what is refused


def test_not_toml():
    assert "TOML" in faults("version = ")[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("max = 50.0", "max = 45.0", "45～50 分没有颜色"),
        ("max = 50.0", "max = 55.0", "50～55 分重叠"),
        ("min = 0.0\nmax = 35.0", "min = 5.0\nmax = 35.0", "应从 0 起"),
        ("max = 100.0", "max = 99.0", "应到 100 止"),
        ('level = "blue"\nname = "蓝"', 'level = "green"\nname = "蓝"', "应依次为"),
        ("weight = 0.13", "weight = 0.14", "sectors 的 weight 之和为 1.01"),
        ("weight = 0.6", "weight = 0.5", "control.parts 的 weight 之和为 0.9"),
        ("hazard_exponent = 0.5", "hazard_exponent = 0.6", "exponent 之和为 1.1"),
        ("max_share = 0.5", "max_share = 0.4", "之和为 0.9"),
        ("lo = 0.0\nhi = 60.0", "lo = 60.0\nhi = 60.0", "请让 lo < hi"),
        ("lo = 500.0", "lo = 0.0", "应大于 0"),
        ("effect_2 = [0.10, 0.25, 0.45, 0.65]", "effect_2 = [0.10, 0.25, 0.20, 0.65]", "不减"),
        ("effect_3 = [0.20,", "effect_3 = [0.05,", "应不小于 effect_2"),
        ("effect_0 = [0.0, 0.0, 0.0, 0.0]", "effect_0 = [0.0, 0.0, 0.0, 0.1]", "应全为 0"),
        ('"危化" = 2', '"危险品" = 2', "'危险品' 不在 subsectors"),
        ('"危化" = 2', '"危化" = 4', "应在 0～3 之间"),
        ('"危化" = 2', '"危化" = 1.5', "应为整数"),
        ('weather = "暴雪"', 'weather = "大暴雪"', "'大暴雪' 不在 weathers"),
        ('sector = "工贸"\nname = "高危', 'sector = "工矿"\nname = "高危', "'工矿' 不在 sectors"),
        ('code = "防汛"\nsector = "内涝地灾"', 'code = "防汛"\nsector = "水"', "'水' 不在 sectors"),
        ('listed = "yellow"', 'listed = "green"', "下限不起作用"),
        ('listed = "yellow"', 'listed = "red"', "overdue orange 低于 listed red"),
        ("hours = 72\ndays = 7", "hours = 200\ndays = 7", "长于 days"),
        ('levels = ["red", "orange",', 'levels = ["orange", "red",', "由重到轻"),
        ("valid_to = 2027-12-31", "valid_to = 1999-12-31", "晚于 valid_to"),
        ("valid_to = 2027-12-31", 'valid_to = "2027"', "应为日期"),
        ('code = "h2"', 'code = "h1"', "'h1' 重复"),
        ("[unusual]", "[ungewöhnlich]\n[unusual]", "请按提示的行列修改"),
        ("[unusual]", "[unusual2]\n[unusual]", "unusual2 不是方案的键"),
        ("half_life_days = 7.0", "half_life = 7.0", "half_life 不是方案的键"),
        ("half_life_days = 7.0", "", "accident.half_life_days 缺失"),
        ("general = 1.0\noverdue = 3.0", "general = 4.0\noverdue = 3.0", "大于 overdue"),
        ("隐患 {count} 条", "隐患 {number} 条", "占位符有误"),
        ('withholds_green = ["warnings"', 'withholds_green = ["weather"', "应为下列之一"),
        ("base = 0.75", "base = true", "应为数字"),
        ("base = 0.75", "base = nan", "之间"),
    ],
)
def test_faults_are_named(scheme_text, old, new, said):
    found = faults(changed(scheme_text, old, new))
    assert any(said in fault for fault in found), found


def test_every_number_needs_a_source(scheme_text):
    # Take the sources away one by one: each is missed, by its own path.
    places = [match.start() for match in re.finditer(r"(?m)^source = .*$", scheme_text)]
    assert len(places) > 100
    for start in places:
        end = scheme_text.index("\n", start)
        found = faults(scheme_text[:start] + scheme_text[end:])
        assert any("source 缺失" in fault for fault in found)


def test_the_cut_off_of_the_week_and_the_signs_of_gaming(scheme_text):
    scheme = load_scheme(scheme_text)
    assert (scheme.week.cutoff_weekday, f"{scheme.week.cutoff_time:%H:%M}") == (5, "17:00")
    assert (scheme.gaming.many, scheme.gaming.few, scheme.gaming.again_days) == (5, 3, 30)
    bad = changed(scheme_text, 'cutoff_time = "17:00"', 'cutoff_time = "25:00"')
    bad = changed(bad, "few = 3", "few = 6")
    assert [one.split(" ")[0] for one in faults(bad)] == ["week.cutoff_time", "gaming.few"]
    assert faults(changed(scheme_text, "cutoff_weekday = 5", "cutoff_weekday = 0"))
    start, end = scheme_text.index("[week]"), scheme_text.index("[gaming]")
    found = faults(scheme_text[:start] + scheme_text[end:])
    assert [one[: one.index(" 就")] for one in found] == ["有 [gaming]", "有 [weekly]"]
    older = load_scheme(scheme_text[:start] + scheme_text[scheme_text.index("[[actions]]") :])
    assert (older.week, older.gaming, older.weekly) == (None, None, None)


def test_the_status_of_a_source_is_c_m_or_p(scheme_text):
    assert any("C、M、P" in f for f in faults(changed(scheme_text, 'status = "P"', 'status = "X"')))


def test_all_faults_at_once(scheme_text):
    text = changed(scheme_text, "weight = 0.13", "weight = 0.14")
    text = changed(text, "max = 50.0", "max = 45.0")
    text = changed(text, "lo = 500.0", "lo = 0.0")
    found = faults(text)
    assert len(found) == 3
    with pytest.raises(SchemeError) as error:
        load_scheme(text)
    assert str(error.value).startswith("评分方案有误：") and "\n" not in str(error.value)
