"""The interface checks: what visitors do on a finished site, each by itself, in Chromium.

They know the parts of a page by their `data-` attributes, so that they hold in every language; the tests make
them on sites of their own, the bench on those of the public cases.
"""

from tools.interface import forms, frame, parts, shop
from tools.interface.visitor import Check, Visitor, attempt, pages_with

CHECKS: tuple[Check, ...] = (*frame.CHECKS, *shop.CHECKS, *forms.CHECKS, *parts.CHECKS)

__all__ = ["CHECKS", "Check", "Visitor", "attempt", "pages_with"]
