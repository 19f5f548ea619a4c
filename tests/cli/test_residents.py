"""Importing the register from a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook
from pymongo import MongoClient

from tests.cli.conftest import Guanjia

CHINESE = ["楼栋", "单元", "房号", "姓名", "电话", "身份"]
ENGLISH = ["building", "unit", "number", "name", "phone", "role"]
GOOD = ["3栋", "2单元", 1502, "王丽华", "139 0571 8801", "业主"]
ESTATE = ("--estate", "hy", "--estate-name", "海悦花园")


def workbook(path: Path, *rows: Sequence[object]) -> str:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return str(path)


@pytest.fixture
def found(mongodb_client: MongoClient[dict[str, object]], database_name: str):
    """How many homes, people and bindings there are."""

    def count() -> tuple[int, ...]:
        database = mongodb_client[database_name]
        return tuple(database[name].count_documents({}) for name in ("rooms", "residents", "bindings"))

    return count


def test_a_register_comes_in_and_again_without_effect(
    guanjia: Guanjia, tmp_path: Path, found, mongodb_client: MongoClient[dict[str, object]], database_name: str
) -> None:
    file = workbook(
        tmp_path / "register.xlsx",
        ["海悦花园业主登记表"],
        CHINESE,
        ["3栋", "2单元", 1502, "王丽华", 13905718801, "业主"],
        ["3", "2", "1502", "王小明", "139-0571-8802", "家属"],
        ["1", "", 801.0, "王丽华", "+86 13905718801", None],
        [None, None, None, None, None, None],
    )
    first = guanjia("residents", "import", file, *ESTATE)
    assert first.exit_code == 0, first.output
    assert "3 rows: 2 new homes, 2 new people, 3 new bindings" in first.output
    assert found() == (2, 2, 3)
    again = guanjia("residents", "import", file)  # there is just one estate now
    assert "0 new homes, 0 new people, 0 new bindings" in again.output
    assert found() == (2, 2, 3)
    database = mongodb_client[database_name]
    assert {row["_id"] for row in database["rooms"].find()} == {"hy/3-2-1502", "hy/1--801"}
    assert "13905718801" not in str(list(database["residents"].find()))


def test_english_headings_in_another_order(guanjia: Guanjia, tmp_path: Path, found) -> None:
    file = workbook(tmp_path / "a.xlsx", [*reversed(ENGLISH)], ["tenant", "13905718801", "Anna Wu", "1502", "2", "A"])
    done = guanjia("residents", "import", file, *ESTATE)
    assert done.exit_code == 0, done.output
    assert found() == (1, 1, 1)


def test_one_bad_row_and_nothing_is_imported(guanjia: Guanjia, tmp_path: Path, found) -> None:
    file = workbook(
        tmp_path / "bad.xlsx",
        CHINESE,
        GOOD,
        ["", "2", "1503", "", "1390571880", "邻居"],
        ["五栋东", "2", "1503", "赵敏", "", ""],
        GOOD,
    )
    refused = guanjia("residents", "import", file, *ESTATE)
    assert refused.exit_code == 1
    assert "row 3: building is empty; name is empty; phone has 10 characters" in refused.output
    assert "role '邻居' is none of 业主 (owner), 租户 (tenant), 家属 (family)" in refused.output
    assert "row 4: building '五栋东' cannot be read" in refused.output
    assert "phone is empty" in refused.output
    assert "row 5: the same person and home as in row 2" in refused.output
    assert "3 of 4 rows are bad; nothing was imported" in refused.output
    assert found() == (0, 0, 0)
    skipped = guanjia("residents", "import", file, *ESTATE, "--skip-bad")
    assert skipped.exit_code == 0
    assert found() == (1, 1, 1)


def test_the_estate_must_be_known(guanjia: Guanjia, tmp_path: Path, found) -> None:
    file = workbook(tmp_path / "a.xlsx", CHINESE, GOOD)
    for arguments in ((), ("--estate", "hy")):
        refused = guanjia("residents", "import", file, *arguments)
        assert refused.exit_code == 2
        assert "which estate? there is none yet" in refused.output
    assert found() == (0, 0, 0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"building,unit\n3,2\n", "is not an .xlsx workbook"),
        (b"", "is not an .xlsx workbook"),
        (None, "cannot read"),
    ],
)
def test_a_file_that_is_no_workbook(guanjia: Guanjia, tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "x.xlsx"
    if content is not None:
        file.write_bytes(content)
    refused = guanjia("residents", "import", str(file))
    assert refused.exit_code == 2
    assert says in refused.output
    assert "Traceback" not in refused.output


def test_headings_that_are_missing_are_named(guanjia: Guanjia, tmp_path: Path) -> None:
    lacking = guanjia(
        "residents", "import", workbook(tmp_path / "a.xlsx", ["楼栋", "单元", "房号"], ["3", "2", "1502"])
    )
    assert lacking.exit_code == 2
    assert "the headings lack name" in lacking.output
    none = guanjia("residents", "import", workbook(tmp_path / "b.xlsx", ["3", "2", "1502"]))
    assert none.exit_code == 2
    assert "no headings found" in none.output
