"""Coupons: codes by the batch, issued to records, redeemed once, and gone when their time is over."""

from portal.coupons import codes, issuing, listing, redeeming, story
from portal.coupons.models import Coupon
from portal.coupons.step import Give

__all__ = ["Coupon", "Give", "codes", "issuing", "listing", "redeeming", "story"]
