"""Following, unfollowing, scanning a home's code, and the account's menu."""

from __future__ import annotations

from dataclasses import replace

from desk.alerts import SCENE as STAFF_SCENE
from desk.residents import Bound
from handlers import binding, help
from handlers.context import Context, Reply
from handlers.router import Router

router = Router("first_contact")


@router.on_event("subscribe")
async def follow(ctx: Context) -> Reply:
    """A welcome, or the home at once when a code was scanned."""
    followed = {"followed": True}
    if ctx.message.scene:
        reply = await scan(ctx)
        return replace(reply, changes={**reply.changes, **followed})
    if ctx.bound:
        return Reply(ctx.say("welcome.follow_again", room=_rooms(ctx)), changes=followed)
    settings = ctx.rules.settings.first_contact
    if not settings.welcome:
        return Reply(None, changes=followed)
    name = "welcome.follow" if settings.ask_binding else "welcome.follow_short"
    return Reply(ctx.say(name, estate=ctx.rules.estate.name), changes=followed)


@router.on_event("unsubscribe")
async def unfollow(ctx: Context) -> Reply:
    """Nothing can be sent any more; the open tickets go on."""
    return Reply(None, changes={"followed": False})


@router.on_event("scan")
async def scan(ctx: Context) -> Reply:
    """A home's code: bound at once, and what was wanted before goes on."""
    conversation, scene = ctx.conversation, ctx.message.scene or ctx.message.event_key
    if scene.startswith(STAFF_SCENE):
        name = await ctx.desk.alerts.link(scene, conversation.id)
        return Reply(ctx.say("staff.linked", name=name) if name else ctx.say("staff.code_expired"))
    result = await ctx.desk.residents.bind_by_scene(conversation.app_id, conversation.openid, scene)
    if result.outcome is Bound.EXPIRED:
        # Scanned twice, or handled again: whoever is bound already need not hear of an expired code.
        if ctx.bound:
            return Reply(ctx.say("welcome.follow_bound", name=conversation.name, room=_rooms(ctx)))
        return Reply(ctx.say("bind.scene_expired"))
    dialogue = conversation.dialogue
    data = dialogue.data if dialogue is not None and dialogue.kind == binding.KIND else {}
    if data.get("matters"):
        return await binding.bound(ctx, result, data)
    rooms = "、".join(home.name for home in result.homes)
    text = ctx.say("welcome.follow_bound", name=result.name, room=rooms)
    return Reply(text, changes=result.changes())


@router.on_event("click")
async def click(ctx: Context) -> Reply:
    """A button of the account's menu."""
    return await help.go(ctx, ctx.message.event_key)


def _rooms(ctx: Context) -> str:
    return "、".join(home.name for home in ctx.conversation.homes)
