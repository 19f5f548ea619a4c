"""``python -m bot.cli``: the command without its script."""

from bot.cli import main

main()
