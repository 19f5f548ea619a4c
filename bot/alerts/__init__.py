"""The ways by which alerts leave: WeChat, webhook (企业微信 / 钉钉 robot), SMS. Which are used is a setting."""

from __future__ import annotations

from bot.alerts.sending import AlertSender, Failed, Skipped, Unsure, Way
from bot.alerts.sms import RecordedSms, Sms, SmsWay
from bot.alerts.webhook import Robots, WebhookWay
from bot.alerts.wechat import WeChatWay

__all__ = [
    "AlertSender",
    "Failed",
    "RecordedSms",
    "Robots",
    "Skipped",
    "Sms",
    "SmsWay",
    "Unsure",
    "Way",
    "WeChatWay",
    "WebhookWay",
]
