"""Plugs everything together: web app, webhook, WeChat client, sender, timers, commands, emulator."""
