"""Texts of the page on which a person reports a hidden danger, usually on a phone."""

from collections.abc import Mapping

REPORT: Mapping[str, tuple[str, str]] = {
    "report_title": ("报隐患", "Report a hidden danger"),
    "report_where": ("位置", "Place"),
    "report_locating": ("正在取得位置…", "Finding your position…"),
    "report_located": (
        "已取得位置，误差约 {metres} 米。不准就在图上点一下。",
        "Position found, within about {metres} m. Tap the map if it is wrong.",
    ),
    "report_picked": ("已在图上选定位置。", "Position picked on the map."),
    "report_refused": (
        "没有取得位置（未允许或设备不支持）。请在图上点选，或直接选镇街。",
        "No position (not allowed or not supported). Tap the map, or choose the town.",
    ),
    "report_outside": (
        "这个位置在本区以外约 {far}，请在图上重新点选。",
        "This place is about {far} outside the district. Tap the map again.",
    ),
    "report_metres": ("{far} 米", "{far} m"),
    "report_kilometres": ("{far} 公里", "{far} km"),
    "report_locate": ("重新定位", "Locate again"),
    "report_map": ("点一下地图选定位置", "Tap the map to set the place"),
    "report_by_hand": ("手工填写经纬度", "Type the coordinates"),
    "report_no_script": (
        "本页没有脚本也能用：填写经纬度，或只选镇街。",
        "This page works without scripts: type the coordinates, or only choose the town.",
    ),
    "report_town": ("镇街", "Town"),
    "report_town_choose": ("请选择镇街", "Choose the town"),
    "report_town_found": (
        "按位置判定为{town}，可以更改。",
        "{town} by position; you may change it.",
    ),
    "report_town_other": ("这个位置在{town}。", "This place is in {town}."),
    "report_photo": ("照片", "Photo"),
    "report_take": ("拍照", "Take a photo"),
    "report_album": ("从相册选", "Choose from album"),
    "report_photo_hint": (
        "JPEG、PNG、WebP 或 HEIC，每张不超过 20 MB。位置信息读取后会从照片中去掉。",
        "JPEG, PNG, WebP or HEIC, at most 20 MB each. The position is read, then removed.",
    ),
    "report_photo_kept": (
        "照片已保存，不用再选。",
        "The photo is kept; no need to choose it again.",
    ),
    "report_what": ("是什么隐患", "What it is"),
    "report_domain": ("领域", "Domain"),
    "report_grade": ("等级", "Grade"),
    "report_description": ("描述", "Description"),
    "report_description_hint": (
        "哪里、什么东西、有什么危险。例：三楼楼梯口堆放纸箱，疏散通道被堵。",
        "Where, what, why it is dangerous.",
    ),
    "report_more": ("更多（发现时间、企业、地点说明）", "More (time, enterprise, place)"),
    "report_found_at": ("发现时间", "Found at"),
    "report_enterprise": ("企业编号", "Enterprise number"),
    "report_place": ("地点说明", "Place in words"),
    "report_send": ("上报", "Send"),
    "report_sending": ("正在上报…", "Sending…"),
}
