"""Template messages of the service account and subscribe messages of the mini-program, with their result events."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.emulator.api import Call, route
from bot.emulator.config import MiniProgram, Template
from bot.emulator.errors import ApiError
from bot.emulator.fieldrules import breaks_rule, stripped
from bot.emulator.platform import Platform
from bot.emulator.users import CardField, Displayed, User

SAME_ID_SECONDS = 600
DROPPED = ("first", "remark")
"""Keys that the platform has not shown since 4 May 2023."""
RESULTS = ("success", "failed:user block", "failed: system failed", "failed:freq limit")


async def send(call: Call) -> dict[str, Any]:
    """POST cgi-bin/message/template/send."""
    user = call.addressee()
    template = _template(call)
    if not user.following:
        raise ApiError(43004, why=f"{user.name} does not follow the account")
    fields = _fields(call, template, all_needed=False)
    client_id = call.body.get("client_msg_id")
    now = call.platform.clock.now().timestamp()
    if isinstance(client_id, str):
        if len(client_id) > 32:
            raise ApiError(40035, why="client_msg_id has more than 32 characters")
        sent = call.platform.sent_by_client_id.get(client_id)
        if sent is not None and now - sent[0] < SAME_ID_SECONDS:
            return {"errcode": 0, "errmsg": "ok", "msgid": sent[1]}
    msgid = call.platform.next_msgid()
    if isinstance(client_id, str):
        call.platform.sent_by_client_id[client_id] = (now, msgid)
    status = user.next_results.pop(0) if user.next_results else user.template_result
    if status == "success":
        shown = [field.model_copy(update={"value": stripped(field.value)}) for field in fields]
        _show(call, user, template, shown, msgid)
    _report_later(call.platform, user, msgid, status)
    return {"errcode": 0, "errmsg": "ok", "msgid": msgid}


def _report_later(platform: Platform, user: User, msgid: int, status: str) -> None:
    fields = {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": msgid, "Status": status}

    async def report() -> None:
        await platform.delivery.send(platform.config.account, user, fields)

    platform.schedule.after(platform.config.result_delay_seconds, report)


async def subscribe_send(call: Call) -> dict[str, Any]:
    """POST cgi-bin/message/subscribe/send: spends one consent."""
    user = call.addressee()
    template = _template(call)
    program = call.caller
    page = str(call.body.get("page", ""))
    pages = program.pages if isinstance(program, MiniProgram) else None
    if page and pages is not None and page.split("?")[0].lstrip("/") not in [known.lstrip("/") for known in pages]:
        raise ApiError(41030, why=f"page {page!r} is not in the released mini-program")
    if call.body.get("miniprogram_state", "formal") not in ("developer", "trial", "formal"):
        raise ApiError(40035, why="miniprogram_state is none of developer, trial, formal")
    fields = _fields(call, template, all_needed=True)
    if user.consents.get(template.id, 0) <= 0:
        raise ApiError(43101, why=f"{user.name} has no consent left for {template.id}")
    user.consents[template.id] -= 1
    msgid = call.platform.next_msgid()
    status = user.next_results.pop(0) if user.next_results else user.template_result
    if status == "success":
        _show(call, user, template, fields, msgid)
    call.platform.users.touched()
    good = status == "success"
    sent = {
        "TemplateId": template.id,
        "MsgID": str(msgid),
        "ErrorCode": "0" if good else "1",
        "ErrorStatus": "success" if good else status,
    }
    listing: Any = {"SubscribeMsgSentEvent": {"List": sent}} if program.data_format == "xml" else {"List": sent}

    async def report() -> None:
        await call.platform.delivery.send(
            program, user, {"MsgType": "event", "Event": "subscribe_msg_sent_event", **listing}
        )

    call.platform.schedule.after(call.platform.config.result_delay_seconds, report)
    return {"errcode": 0, "errmsg": "ok", "msgid": msgid}


async def list_templates(call: Call) -> dict[str, Any]:
    """GET cgi-bin/template/get_all_private_template."""
    return {
        "template_list": [
            {
                "template_id": one.id,
                "title": one.title,
                "content": "\n".join(f"{label}:{{{{{key}.DATA}}}}" for key, label in one.fields.items()),
            }
            for one in call.caller.templates
        ]
    }


def _template(call: Call) -> Template:
    template = call.caller.template(str(call.body.get("template_id", "")))
    if template is None:
        raise ApiError(40037, why=f"{call.caller.app_id} has no template {call.body.get('template_id')!r}")
    return template


def _fields(call: Call, template: Template, *, all_needed: bool) -> list[CardField]:
    data = call.body.get("data")
    if not isinstance(data, dict):
        raise ApiError(47003, why="data is missing")
    fields = []
    for key, label in template.fields.items():
        part = data.get(key)
        value = part.get("value") if isinstance(part, dict) else None
        if value is None and (all_needed or key not in data):
            raise _bad(key, f"field {key} ({label}) is missing")
        if not isinstance(value, (str, int, float)):
            raise _bad(key, f"field {key} must look like {{'value': 'text'}}")
        if breaks_rule(template, key, str(value)):
            raise _bad(key, f"field {key} ({label}) breaks its rule with {len(str(value))} characters")
        fields.append(CardField(key=key, label=label, value=str(value)))
    return fields


def _bad(key: str, why: str) -> ApiError:
    return ApiError(47003, f"argument invalid! data.{key}.value invalid", why=why)


def _show(call: Call, user: User, template: Template, fields: list[CardField], msgid: int) -> None:
    program = call.body.get("miniprogram")
    client_id = call.body.get("client_msg_id")
    page = program.get("pagepath") if isinstance(program, dict) else call.body.get("page")
    account = call.caller.kind == "account"
    entry = Displayed(
        id=0,
        at=call.platform.clock.now(),
        app=call.caller.kind,
        channel="template" if account else "subscribe",
        type="card",
        title=template.title,
        text="\n".join([template.title, *(f"{field.label}: {field.value}" for field in fields)]),
        fields=fields,
        url=str(call.body["url"]) if call.body.get("url") and not page else None,
        pagepath=str(page) if page else None,
        template_id=template.id,
        msg_id=str(msgid),
        delivery_id=client_id if isinstance(client_id, str) else None,
    )
    call.platform.users.show(user, entry)


def add_routes(app: web.Application) -> None:
    """Put them on the server."""
    app.router.add_post("/cgi-bin/message/template/send", route(send, "account"))
    app.router.add_post("/cgi-bin/message/subscribe/send", route(subscribe_send, "miniprogram"))
    app.router.add_get("/cgi-bin/template/get_all_private_template", route(list_templates, "account"))
