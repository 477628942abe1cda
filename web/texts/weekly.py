"""Texts of the pages of a week: `/weekly/{week}` and a town's week."""

from collections.abc import Mapping

WEEKLY: Mapping[str, tuple[str, str]] = {
    "nav_weekly": ("周指数", "Weekly index"),
    "weekly_name": ("安全生产管控力指数", "Safety control index"),
    "weekly_week": ("{year}年第{number}周", "Week {number} of {year}"),
    "weekly_week_short": ("第{number}周", "W{number}"),
    "weekly_title": ("{week} 安全生产管控力指数", "Safety control index, {week}"),
    "weekly_window": ("{start} 至 {end}", "{start} to {end}"),
    "weekly_counts_none": ("没有定级的镇街", "no town has a level"),
    "weekly_mean": ("全区平均 {index} 分", "district mean {index}"),
    "weekly_mean_unknown": ("全区平均缺", "district mean unknown"),
    "weekly_since": ("较上周 {value}", "{value} since last week"),
    "weekly_first": ("第 1 名 {names}", "first: {names}"),
    "weekly_last": ("末位 {names}", "last: {names}"),
    "weekly_unknown_towns": (
        "{count} 个镇街数据不足、不排名",
        "{count} not ranked for lack of data",
    ),
    "weekly_empty_title": ("还没有计算过任何一周", "No week has been computed yet"),
    "weekly_empty_text": (
        "导入记录、收齐部门报送以后，运行下面的命令，再刷新本页。",
        "Import records and the departments' deliveries, run these commands, then reload the page.",
    ),
    "weekly_draft": (
        "这一周还是草稿，安委办发布以后才作数。",
        "This week is a draft; it counts when the office has published it.",
    ),
    "weekly_preliminary": (
        "截止时刻（{at}）还没到，只算到 {known}，以后还会变。",
        "The cut-off ({at}) is still to come; this counts what was known by {known}.",
    ),
    "weekly_stale": (
        "来源过期：{sources}。没有新送来的不当作没有，所涉指标缺数；已知的坏情况照样扣分。",
        "Sources too old: {sources}. What did not come is not taken as none, so their indicators"
        " are missing; what is known to be bad still costs points.",
    ),
    "weekly_late_reason": (
        "截止之后补算，计入了截止之后才知道的情况：{reason}。",
        "Computed late, with facts learnt after the cut-off: {reason}.",
    ),
    "weekly_corrects": (
        "本版更正第 {revision} 版：{reason}。",
        "This revision corrects revision {revision}: {reason}.",
    ),
    "weekly_old_revision": (
        "您在看第 {revision} 版，不是这一周现行的版本。",
        "You are looking at revision {revision}, which is not the one in force.",
    ),
    "weekly_newest_revision": ("看现行版本", "Show the one in force"),
    "weekly_see_revision": ("看第 {revision} 版", "Show revision {revision}"),
    "weekly_not_latest": ("您在看过去的一周。", "You are looking at a past week."),
    "weekly_latest": ("看最近一周", "Show the latest week"),
    "weekly_published_at": ("发布于 {time}", "published {time}"),
    "weekly_cutoff": ("截止 {time}", "cut-off {time}"),
    "weekly_known_until": ("采用 {time} 前报到的数据", "data delivered by {time}"),
    "weekly_map_label": (
        "镇街指数图，点镇街看失分",
        "Map of towns by index; choose a town to see what costs it points",
    ),
    "weekly_legend_rank": ("名次较上周升降", "rank better or worse than last week"),
    "weekly_pick": ("选一周", "Choose a week"),
    "weekly_show": ("查看", "Show"),
    "weekly_previous": ("上一周", "Previous week"),
    "weekly_next": ("下一周", "Next week"),
    "weekly_xlsx": ("下载 xlsx", "Download xlsx"),
    "weekly_deliveries": ("部门报送", "Deliveries"),
    "weekly_cards": ("白黄红牌", "Cards"),
    "weekly_api": ("本周数据接口", "This week as JSON"),
    "weekly_towns": ("镇街（按名次）", "Towns by rank"),
    "weekly_apart": ("数据不足，不排名", "Not enough data for a rank"),
    "weekly_interval": ("90% 可能在第 {low}–{high} 名", "90 % between {low} and {high}"),
    "weekly_interval_one": ("90% 可能在第 {low} 名", "90 % at place {low}"),
    "weekly_interval_short": ("{low}–{high}", "{low}–{high}"),
    "weekly_no_interval": ("名次区间缺", "rank interval unknown"),
    "weekly_costs": ("失分最多：{items}", "Costs most: {items}"),
    "weekly_cost": ("{name} {lost}", "{name} {lost}"),
    "weekly_costs_none": ("各项都不低于最好的镇街", "Nowhere below the best town"),
    "weekly_missing": ("缺 {items}", "missing: {items}"),
    "weekly_weakest": ("最弱 {name}", "weakest: {name}"),
    "weekly_rank_up": ("名次升 {count} 位", "up {count}"),
    "weekly_rank_down": ("名次降 {count} 位", "down {count}"),
    "weekly_rank_same": ("名次未变", "same rank"),
    "weekly_rank_unknown": ("上周名次缺", "no rank last week"),
    "weekly_capped": ("封顶 {score} 分", "capped at {score}"),
    "weekly_aspects": ("八个方面的得分", "Points by aspect"),
    "weekly_aspects_note": (
        "点表头排序。名次后的横条是九成（90%）区间：权重上下浮动、算法不同、小样本有偶然，"
        "名次会在这个范围里变；竖线是本周名次。粗体加线是这个镇街最弱的方面。",
        "Choose a header to sort. The bar beside a rank is its 90 % interval: with other weights, "
        "other methods and the luck of small counts the rank moves within it; the stroke is this "
        "week's rank. Bold and underlined: the town's weakest aspect.",
    ),
    "weekly_col_town": ("镇街", "Town"),
    "weekly_col_rank": ("名次", "Rank"),
    "weekly_col_range": ("九成区间", "90 % interval"),
    "weekly_col_index": ("指数（分）", "Index (points)"),
    "weekly_col_change": ("较上周", "Change"),
    "weekly_col_aspect": ("{name}（{points}）", "{name} ({points})"),
    "weekly_col_card": ("牌", "Card"),
    "weekly_card_none": ("–", "–"),
    "weekly_bases": ("两月考核与年度", "Two months and year to date"),
    "weekly_bases_note": (
        "期内各周指数的平均（以往各周取已发布的版本，本周取本版），名次按一位小数排；"
        "有指数的周太少时不排名。变化与算到上一周的同一口径比，箭头是名次升降；"
        "失分最多的三项按各周平均，与平均最好的镇街比。",
        "Mean of the weeks of the period (past weeks as published, this one as shown), ranked on "
        "one decimal; a town with too few weeks is not ranked. Changes and arrows (rank) are "
        "against the same period without this week; what costs most is of the means, against the "
        "best mean.",
    ),
    "weekly_two_months": ("两月考核", "Two months"),
    "weekly_year": ("年度", "Year"),
    "weekly_basis_span": (
        "{start} 至 {end}，共 {count} 周",
        "{start} to {end}, {count} weeks",
    ),
    "weekly_basis_none": ("期内还没有可用的周。", "The period has no week yet."),
    "weekly_col_mean": ("平均（分）", "Mean (points)"),
    "weekly_col_basis_change": ("较算到上周", "Change"),
    "weekly_col_weakest": ("最弱方面，失分最多", "Weakest aspect, costs most"),
    "weekly_trend": ("全区走势，{span}（各镇街平均）", "District mean, {span}"),
    "weekly_span": ("近 {count} 周", "last {count} weeks"),
    "weekly_span_gaps": ("已有 {count} 周，{first}–{last}", "{count} weeks, {first}–{last}"),
    "weekly_trend_label": ("全区平均走势：{items}", "District mean: {items}"),
    "weekly_department_rank": ("第 {rank} 名", "place {rank}"),
    "weekly_col_weeks": ("周数", "Weeks"),
    "weekly_departments": ("部门", "Departments"),
    "weekly_departments_note": (
        "得分率：该部门负责的指标在各镇街得到的分数占满分的平均。变化是百分点。",
        "Share: mean over towns of the points got out of those of the department's indicators. "
        "Changes are in percentage points.",
    ),
    "weekly_col_department": ("部门", "Department"),
    "weekly_col_share": ("得分率", "Share"),
    "weekly_col_delivered": ("报送", "Delivered"),
    "weekly_col_missing": ("缺报", "Missing"),
    "weekly_answers_for": ("负责 {count} 项", "Indicators: {count}"),
    "weekly_col_lowest": ("得分率最低的镇街", "Lowest town"),
    "weekly_late": ("此后有报送，本版未计入", "more came later: not counted here"),
    "weekly_not_delivered": ("未报", "not delivered"),
    "weekly_needs_nothing": ("由系统记录", "from riskmap's own records"),
    "weekly_stood_in": ("{time} 有代报", "stood in {time}"),
    "weekly_missing_item": ("{code} 缺 {towns}", "{code}: {towns}"),
    "weekly_missing_all": ("全部镇街", "all towns"),
    "weekly_who_missing": (
        "{count} 个部门没有按时报齐：{names}。一个方面缺一项，按其余指标折算；"
        "缺两项以上，该镇街不定级、不排名。",
        "{count} departments have not delivered in full or in time: {names}. One missing indicator "
        "is made up by the others of its aspect; with two or more missing the town has no level.",
    ),
    "weekly_who_missing_one": (
        "{count} 个部门没有按时报齐：{names}。一个方面缺一项，按其余指标折算；"
        "缺两项以上，该镇街不定级、不排名。",
        "{count} department has not delivered in full or in time: {names}. One missing indicator "
        "is made up by the others of its aspect; with two or more missing the town has no level.",
    ),
    "weekly_who_complete": ("各部门都已按时报齐。", "Every department has delivered in time."),
    "weekly_sensitivity": ("哪个选择影响名次", "Which choice moves the ranks"),
    "weekly_sensitivity_note": (
        "换一种算法或权重，名次会动多少：1 是名次变动全由它来，0 是与它无关。"
        "（Sobol 指数：单独是主效应，连同是总效应；± 后是估计的误差。）",
        "How much of the movement of ranks each choice brings: 1 is all of it, 0 none. "
        "(Sobol indices: alone is first order, with others is total; ± is their error.)",
    ),
    "weekly_col_choice": ("选择", "Choice"),
    "weekly_col_first": ("单独", "Alone"),
    "weekly_col_total": ("连同别的选择", "With others"),
    "weekly_spread": ("{value} ±{spread}", "{value} ±{spread}"),
    "weekly_choice_weight": ("权重上下浮动", "Weights"),
    "weekly_choice_norm": ("原始数怎样折成分（归一化）", "From figures to points (normalisation)"),
    "weekly_choice_mean": ("各项怎样合成总分", "How points are averaged"),
    "weekly_choice_weighting": ("权重怎样定", "How weights are set"),
    "weekly_choice_luck": ("小样本的偶然", "Luck of small counts"),
    "weekly_sensitivity_none": ("本周没有算出。", "Not computed for this week."),
    "weekly_measures": ("级别与措施", "Levels and measures"),
    "weekly_how": ("怎么算的", "How it was computed"),
    "weekly_provenance": (
        "方案 {scheme}，程序 {code}，把握按 {draws} 次模拟算，成果校验码 {digest}。",
        "Scheme {scheme}, code {code}, chances from {draws} simulations, digest {digest}.",
    ),
    "weekly_seed": ("随机种子 {seed}", "Random seed {seed}"),
    "weekly_sources": ("数据来源", "Sources"),
    "weekly_col_source": ("来源", "Source"),
    "weekly_col_rows": ("行数", "Rows"),
    "weekly_col_key": ("版本", "Version"),
    "card_white": ("白牌", "White card"),
    "card_yellow": ("黄牌", "Yellow card"),
    "card_red": ("红牌", "Red card"),
    "weekly_card_proposed": ("{card}（待定）", "{card} (proposed)"),
    "weekly_card_held": ("{card}（暂缓）", "{card} (held back)"),
    "weekly_card_answered": ("{card}（已答复）", "{card} (answered)"),
    "weekly_card_applied": ("{card}（已申请解除）", "{card} (release applied for)"),
    "weekly_card_given": ("{card}", "{card}"),
    "weekly_answer_due": ("答复期限 {date}", "answer due {date}"),
    "weekly_more_missing": ("等 {count} 项", " and {count} in all"),
}
"""Of the week; a town's week is in `texts_weekly_town`."""
