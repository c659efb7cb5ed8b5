"""Delivery actions: what ``capbrief deliver`` can be told to do, and its flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import arguments, deliveries

if TYPE_CHECKING:
    import argparse


def offer(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """Add the actions to the command, which lists without one.

    Args:
        parser: of the command.
        shared: flags of every command, without defaults.
    """
    action = arguments.actions(parser, shared)

    action("list", deliveries.listed, "Channels, what waits to be sent, and what is wrong.")
    tried = action("test", deliveries.test, "Send a test message to each channel.")
    tried.add_argument("channels", nargs="*", metavar="CHANNEL", help="only these")
    action("flush", deliveries.flush, "Send what waits, now.")
    dropped = action("drop", deliveries.drop, "Give up a message that waits.")
    dropped.add_argument("id", type=arguments.count, metavar="ID", help="as in 'list'")
