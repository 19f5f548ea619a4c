"""Canned replies and a macro of the sample estate, shared by all its colleagues."""

from __future__ import annotations

from bot.demo.sample_people import ESTATE_ID
from store.canned import Canned, Macro
from store.ids import derived
from store.stores import Stores

_REPLIES = (
    ("hello", "打招呼", "您好，我是{estate}的{staff}，看到您的消息了，马上给您办。"),
    ("soon", "师傅在路上", "{name}您好，{number} 师傅已经在路上了，到之前会先打您电话。"),
    ("due", "什么时候好", "{number} 最晚{due}处理，有变化我第一时间告诉您。"),
    ("photo", "请拍张照片", "方便的话拍张照片发过来，师傅好先备好材料。"),
    ("time", "约上门时间", "您看今天下午还是明天上午方便？定了我跟师傅说。"),
    ("phone", "急事打电话", "着急的话直接打前台 {hotline}，24 小时有人。"),
    ("sorry", "抱歉久等", "让您久等了，实在抱歉。我去催一下，半小时内给您回话。"),
    ("bye", "还有事随时说", "好的，那先这样。还有什么事，随时在这里说一声就行。"),
)
_MACRO = (
    "接手并约时间",
    (
        {"do": "assign", "to": "me"},
        {"do": "tag", "add": ["已约时间"]},
        {"do": "reply", "text": "您好，我来跟这件事。您看今天下午还是明天上午方便上门？"},
    ),
)


async def ready_words(stores: Stores) -> None:
    """Write them; a repeat adds nothing."""
    for shortcut, name, text in _REPLIES:
        id = derived(f"sample:{shortcut}", "canned")
        await stores.canned.add(Canned(id=id, name=name, text=text, shortcut=shortcut, estate_id=ESTATE_ID))
    name, actions = _MACRO
    await stores.macros.add(Macro(id=derived("sample", "macro"), name=name, actions=actions, estate_id=ESTATE_ID))
