"""Conventions that both HTTP APIs keep: endpoints, errors, pages of lists, repeats, the description.

The one place below floor 3 that knows aiohttp, because ``inbox`` and ``miniprogram_api`` may not import each other.
"""
