"""The lab in Chromium: a word is tried and published, an owner's message follows it, then it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from store.ids import derived
from store.messages import Direction, Message
from store.staff import Role
from tests.browser.inbox import PHONE, at_the_desk, fits
from tests.house import PASSWORD, SUPERVISOR, House

pytestmark = pytest.mark.browser
MANAGER = "zheng"
TEXT = "厨房的水管漏水咣当响"
ALARM = "家里水管爆了,水喷出来了,慢慢来吧"


@pytest.fixture
async def house(inbox_house: House) -> House:
    await inbox_house.desk.staff.add(MANAGER, "郑敏", Role.MANAGER, PASSWORD, title="经理")
    return inbox_house


async def wrote(house: House) -> None:
    """What an owner wrote before, long enough ago that nobody is waiting for it."""
    chat = house.conversation_id(await house.owner("wang"))
    since = house.clock.now() - timedelta(days=3)
    rows = [
        Message(id=derived(text, "m"), conversation_id=chat, direction=Direction.INBOUND, at=since, text=text)
        for text in (TEXT, ALARM, "谢谢")
    ]
    await house.stores.messages.add(rows)


async def understood(house: House, text: str) -> tuple[object, object]:
    """What the bot makes of this when an owner writes it now: the label, and by which words."""
    phone = await house.owner("wang")
    await phone.says(text)
    lines = await house.stores.messages.after(house.conversation_id(phone), house.clock.now() - timedelta(days=9))
    [said] = [one.understanding for one in lines if one.text == text]
    assert said is not None
    return said["label"], said["lexicon_version"]


async def test_a_word_is_tried_published_followed_and_taken_back(
    house: House, browser: Browser, picture: Callable[[str], str]
) -> None:
    await wrote(house)
    page = await at_the_desk(browser, house, MANAGER, path="lexicon")
    publish, attempt = page.get_by_role("button", name="发布", exact=True), page.get_by_role("button", name="试跑")
    await expect(page.get_by_text("还没有自己的词")).to_be_visible()
    await expect(publish).to_be_disabled()

    # What is wrong is said beside the word, and a reload loses nothing.
    await page.get_by_role("button", name="加一个词").click()
    await page.get_by_label("词", exact=True).fill("3栋")
    await attempt.click()
    await expect(page.get_by_role("alert").filter(has_text="不能以数字开头")).to_be_visible()
    await page.get_by_label("词", exact=True).fill("咣当响")
    await page.get_by_label("类别", exact=True).select_option("其他")
    await page.get_by_label("权重", exact=True).fill("6")
    await page.get_by_role("button", name="再加一类").click()
    await page.get_by_label("权重", exact=True).last.fill("-6")
    await page.get_by_label("权重", exact=True).last.press("Tab")
    await expect(page.get_by_text("改动还没有发布")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("词", exact=True)).to_have_value("咣当响")
    await expect(page.get_by_label("权重", exact=True).first).to_have_value("6")
    await expect(page.get_by_label("类别", exact=True).last).to_have_value("repair")

    # The trial: one message would be another, by this word; nobody's message is touched.
    await attempt.click()
    changed = page.get_by_role("list", name="会改变的消息").get_by_role("listitem")
    await expect(changed).to_have_count(1)
    await expect(changed).to_contain_text(TEXT)
    await expect(changed).to_contain_text("报修")
    await expect(changed).to_contain_text("其他 +")
    assert (await understood(house, f"{TEXT}啊"))[0] == "repair"
    await page.screenshot(path=picture("lexicon-trial-1280"))
    await fits(page)

    # Changed after the trial: it has to be tried again. An emergency that would be lost is said in red.
    await page.get_by_role("button", name="加一个词").click()
    await page.get_by_label("词", exact=True).first.fill("慢慢来吧")
    await page.get_by_label("权重", exact=True).first.fill("6")
    await page.get_by_role("button", name="不变").first.click()
    await page.get_by_label("紧急", exact=True).fill("-6")
    await page.get_by_label("紧急", exact=True).press("Tab")
    await expect(page.get_by_text("请再试跑一次")).to_be_visible()
    await expect(publish).to_be_disabled()
    await attempt.click()
    await expect(page.get_by_role("alert").filter(has_text="1 条紧急消息将不再算紧急")).to_be_visible()
    await expect(changed.first).to_contain_text("现在会马上派人")
    await page.get_by_role("button", name="去掉“慢慢来吧”").click()
    await attempt.click()
    await expect(page.get_by_role("alert")).to_be_hidden()
    await expect(publish).to_be_enabled()

    await publish.click()
    dialog = page.get_by_role("dialog", name="发布")
    await dialog.get_by_label("为什么改").fill("那是楼下的木门,先不算报修")
    await dialog.get_by_role("button", name="发布", exact=True).click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_text("现在用的:v1")).to_be_visible()
    await expect(publish).to_be_disabled()
    assert await understood(house, f"{TEXT}呀") == ("other", "v1")

    # The versions: what it says otherwise, and the way back.
    await page.get_by_role("navigation", name="词典").get_by_role("button", name="版本").click()
    version = page.get_by_role("listitem").filter(has_text="先不算报修")
    await expect(version).to_contain_text("郑敏")
    await version.get_by_role("button", name="和“系统自带”的差别").click()
    await expect(version).to_contain_text("没有 → 其他 +6 · 报修 −6")
    await page.screenshot(path=picture("lexicon-versions-1280"))
    default = page.get_by_role("listitem").filter(has_text="不加任何自己的词")
    await default.get_by_role("button", name="换回这一版").click()
    await page.get_by_role("dialog").get_by_role("button", name="换回这一版").click()
    await expect(page.get_by_text("现在用的:系统自带")).to_be_visible()
    await expect(version).to_contain_text("已撤下")
    assert (await understood(house, f"{TEXT}哦"))[0] == "repair"


async def test_a_supervisor_tries_on_a_phone_and_pastes_yaml(
    house: House, browser: Browser, picture: Callable[[str], str]
) -> None:
    await wrote(house)
    page = await at_the_desk(browser, house, SUPERVISOR, PHONE, path="lexicon", dark=True)
    await page.get_by_role("button", name="YAML").click()
    paper = page.get_by_label("YAML 词表")
    await paper.fill("words:\n  - {word: 咣当响, label: repar, weight: 3}\n")
    await page.get_by_role("button", name="试跑").click()
    await expect(page.get_by_role("alert").filter(has_text="第 2 行")).to_be_visible()
    await paper.fill(
        "words:\n  - {word: 咣当响, weights: {complaint: 6, repair: -6}}\n  - {word: 铁将军, like: 门锁}\n"
    )
    await page.get_by_role("button", name="试跑").click()
    await expect(page.get_by_role("list", name="会改变的消息")).to_contain_text(TEXT)
    await expect(page.get_by_text("没有一条消息里出现:铁将军")).to_be_visible()
    await expect(page.get_by_role("button", name="发布")).to_have_count(0)
    await expect(page.get_by_text("发布由经理来做")).to_be_visible()
    await fits(page)
    await page.screenshot(path=picture("lexicon-390-dark"))
    await page.get_by_role("button", name="表格").click()
    await expect(page.get_by_label("词", exact=True).first).to_have_value("咣当响")
    await expect(page.get_by_label("像哪个词")).to_have_value("门锁")
    await fits(page)
    await page.get_by_role("navigation", name="词典").get_by_role("button", name="更正").click()
    await expect(page.get_by_text("还没有更正")).to_be_visible()
