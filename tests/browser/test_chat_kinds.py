"""All kinds of messages on the chat page: voice, places, films, photos, cards, the menu, and what is long past."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from bot.emulator.client import EmulatorProblem
from bot.emulator.page import DIST
from tests.browser.chat import DESK, PHONE, SIZES, SMALL, fits, opened, pushed, says, until
from tests.house import House

pytestmark = pytest.mark.browser


@SIZES
async def test_voice_place_film_and_long_words(
    size: ViewportSize, house: House, browser: Browser, picture: Callable[[str], str]
) -> None:
    page = await opened(browser, house, size if size is DESK else SMALL, dark=True)
    await says(page, "漏" * 180 + "😀👨‍👩‍👧")
    await expect(page.locator(".row.own", has_text="😀👨‍👩‍👧")).to_have_count(1)
    await fits(page)

    await page.get_by_role("button", name="发语音").click()
    await page.get_by_label("微信从语音里听出了什么").fill("我家厕所的下水道堵住了")
    await page.get_by_role("button", name="发送语音").click()
    await expect(page.locator(".row.own .heard")).to_have_text("我家厕所的下水道堵住了")
    voice = await pushed(house, lambda push: push.trigger == "voice")
    assert voice.fields["Recognition"] == "我家厕所的下水道堵住了"
    await page.get_by_role("button", name="发语音").click()
    await page.get_by_role("button", name="没听出来，只有录音").click()
    await expect(page.locator(".unheard")).to_have_count(1)
    unheard = await pushed(house, lambda push: push.trigger == "voice", 2)
    assert "Recognition" not in unheard.fields

    await page.get_by_role("button", name="更多功能").click()
    await page.screenshot(path=picture(f"chat-plus-dark-{page.viewport_size['width'] if page.viewport_size else 0}"))
    await page.get_by_role("button", name="位置").click()
    await page.get_by_role("button", name="海悦花园 3 栋").click()
    await expect(page.locator(".spot", has_text="海悦花园 3 栋")).to_be_visible()
    await page.get_by_role("button", name="更多功能").click()
    await page.get_by_role("button", name="视频").click()
    await page.get_by_role("button", name="用示例视频").click()
    await page.get_by_role("button", name="播放视频").click()
    await expect(page.get_by_text("这段示例视频没有画面")).to_be_visible()
    await expect(page.locator(".row.theirs").last).to_be_visible()
    await fits(page)
    await page.screenshot(path=picture(f"chat-kinds-dark-{page.viewport_size['width'] if page.viewport_size else 0}"))
    await pushed(house, lambda push: push.trigger == "video")
    kinds = [push.trigger for push in await house.wechat.pushes("wang")]
    assert kinds == ["text", "voice", "voice", "location", "video"]
    await page.context.close()


async def test_a_photo_from_a_file_is_previewed_made_small_and_opens_large(
    house: House, browser: Browser, tmp_path: Path, picture: Callable[[str], str]
) -> None:
    page = await opened(browser, house, PHONE)
    await page.get_by_role("button", name="切换到输入").click()
    await page.get_by_role("button", name="更多功能").click()
    fake = tmp_path / "film.jpg"
    fake.write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(2000))
    await page.get_by_label("选一张照片").set_input_files(fake)
    await expect(page.get_by_text("这个文件不是照片")).to_be_visible()
    await expect(page.get_by_role("dialog").get_by_role("button", name="发送", exact=True)).to_be_disabled()
    await page.get_by_role("button", name="取消").click()

    await page.get_by_label("选一张照片").set_input_files(DIST / "samples" / "lift.png")
    await page.get_by_role("dialog").get_by_role("button", name="发送", exact=True).click()
    await until(page, "document.querySelector('.own .picture img')?.naturalWidth > 100")
    await expect(page.locator(".spinner")).to_have_count(0)
    push = await pushed(house, lambda push: push.trigger == "image")
    async with house.http.get(str(push.fields["PicUrl"])) as answer:
        content = await answer.read()
        assert content.startswith(b"\xff\xd8\xff") and len(content) < 200_000
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    await page.get_by_role("button", name="看大图").click()
    large = page.get_by_role("dialog", name="大图")
    await expect(large).to_be_visible()
    await until(page, "document.querySelector('.viewer img').naturalWidth > 100")
    await page.screenshot(path=picture("chat-picture-390"))
    await page.keyboard.press("Escape")
    await expect(large).to_have_count(0)
    await page.context.close()


@SIZES
async def test_menu_cards_follow_unfollow_and_scan(
    size: ViewportSize, house: House, browser: Browser, picture: Callable[[str], str]
) -> None:
    width = size["width"]
    page = await opened(browser, house, size)
    await page.get_by_role("button", name="报修投诉").click()
    await expect(page.get_by_role("button", name="我要报修")).to_be_visible()
    await page.screenshot(path=picture(f"chat-menu-{width}"))
    await page.get_by_role("button", name="查进度").click()
    await expect(page.locator(".row.theirs")).to_have_count(1)
    assert (await house.wechat.pushes("wang"))[-1].fields["EventKey"] == "progress"

    wang = await house.owner("wang")
    await house.background.account.send_template(
        wang.openid,
        "emu-parcel",
        {
            "thing1": "顺丰",
            "character_string2": "6-2031",
            "thing3": "东门快递柜 A12",
            "time4": "2026年3月10日 10:00",
        },
        url="https://estate.example/parcels",
    )
    card = page.get_by_role("article", name="快递到站通知")
    await expect(card).to_contain_text("取件码")
    await expect(card).to_contain_text("6-2031")
    await expect(card.get_by_role("link", name="查看详情")).to_have_attribute("href", "https://estate.example/parcels")
    await page.screenshot(path=picture(f"chat-card-{width}"))

    await page.get_by_role("button", name="更多", exact=True).click()
    await page.screenshot(path=picture(f"chat-account-{width}"))
    await page.get_by_role("button", name="取消关注").click()
    await page.get_by_role("button", name="返回", exact=True).click()
    await expect(page.get_by_text("已取消关注，收不到消息了")).to_be_visible()
    await page.get_by_role("button", name="关注公众号").click()
    await expect(page.get_by_role("button", name="切换到输入")).to_be_visible()
    await expect(page.locator(".row.theirs").last).to_contain_text("3栋2单元1502")

    await page.get_by_role("button", name="更多", exact=True).click()
    await page.get_by_role("button", name="扫一扫").click()
    await page.get_by_label("二维码里的场景值").fill("room:nobody")
    await page.get_by_role("button", name="扫这个码").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    push = await pushed(house, lambda push: push.trigger == "scan")
    assert push.fields["EventKey"] == "room:nobody"
    await page.context.close()


async def test_a_past_is_put_on_an_empty_phone_and_read_with_its_dates(
    house: House, browser: Browser, picture: Callable[[str], str]
) -> None:
    chen = await house.wechat.user("chen", follow=False)
    assert (
        await chen.remembers(
            [
                {"at": "2026-03-09T12:00:30Z", "channel": "passive", "text": "收到,今晚就去看。"},
                {"at": "2026-03-09T12:00:00Z", "channel": "sent", "text": "楼上半夜还在装修"},
                {"at": "2026-03-01T01:00:00Z", "channel": "sent", "type": "voice", "text": "[语音]", "title": "灯坏了"},
                {"at": "2025-12-31T01:00:00Z", "channel": "sent", "type": "image", "text": "[图片]"},
            ]
        )
        == 4
    )
    with pytest.raises(EmulatorProblem, match="phone_in_use"):
        await chen.remembers([])
    wang = await house.wechat.user("wang", follow=False)
    with pytest.raises(EmulatorProblem, match="the past ends at"):
        await wang.remembers([{"at": "2026-03-11T12:00:00Z", "channel": "sent", "text": "明天"}])
    page = await opened(browser, house, PHONE, name="chen")
    await expect(page.locator(".when")).to_have_text(["2025年12月31日 09:00", "3月1日 09:00", "昨天 20:00"])
    await expect(page.get_by_text("图片已失效")).to_be_visible()
    await expect(page.locator(".heard")).to_have_text("灯坏了")
    await expect(page.locator(".row.theirs")).to_have_text("收到,今晚就去看。")
    assert (await chen.info())["allowance"] is None
    await page.screenshot(path=picture("chat-past-390"))
    await page.context.close()
