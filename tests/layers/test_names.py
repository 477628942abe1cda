from layers.names import header_key, header_parts, name_key, nearest


def test_variants_of_one_name_have_one_key() -> None:
    assert name_key("臺東縣") == name_key("台东县") == name_key("　台 東 县 ")
    assert name_key("花蓮縣秀林鄉") == name_key("花莲县秀林乡")
    assert name_key("ＡＢＣ街道１２") == "abc街道12"


def test_different_names_keep_different_keys() -> None:
    assert name_key("东城街道") != name_key("东城镇")
    assert name_key("城西街道") != name_key("西城街道")


def test_header_loses_marks_and_odd_spaces() -> None:
    assert header_key("na me") == header_key("NAME") == "name"
    assert header_key("* 企业 名称：") == "企业名称"
    assert header_key("避難收容處所名稱") == "避难收容处所名称"


def test_header_gives_its_unit() -> None:
    assert header_parts("有效避难面积（㎡）") == ("有效避难面积", "m2")
    assert header_parts("常住人口(万人)") == ("常住人口", "万人")
    assert header_parts("名称") == ("名称", "")


def test_nearest_names_the_likely_ones() -> None:
    assert nearest("澄江镇", ["澄江街道", "宁溪镇", "院桥镇"])[0] in (
        "宁溪镇",
        "院桥镇",
        "澄江街道",
    )
    assert nearest("新前街", ["新前街道", "宁溪镇"])[0] == "新前街道"
    assert nearest("xyz", ["新前街道"]) == []
