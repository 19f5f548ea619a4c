"""Settings for the small commands: the environment's, or those of the demo whose data they are about to open."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from bot.settings import Settings, load_settings


def settings_of_here(*, need_wechat: bool = False) -> Settings:
    """The settings; raises SettingsError. Without a SECRET_KEY, on a data folder of the demo: the demo's own."""
    from bot.demo.place import Place, demo_settings_of
    from bot.demo.secrets import read_secrets

    given = load_settings(need_wechat=False, secret_key="x" * 32)  # the folder first: its secrets may be in there
    secrets = read_secrets(given.data_dir)
    if secrets is None or given.mongodb_uri or Settings().secret_key:
        return load_settings(need_wechat=need_wechat)
    print(f"(on the demo's data in {given.data_dir})", file=sys.stderr)
    place = Place.told(given.data_dir)  # of a demo that runs; without one only its WeChat is out of reach
    web, wechat = (urlsplit(place.serve).port, urlsplit(place.emulator).port) if place else (None, None)
    return demo_settings_of(given, secrets, web or given.port, wechat or given.emulator_port)
