"""The blueprint that the modules of this package share."""

from flask import Blueprint

bp = Blueprint("coupons", __name__)
