"""The floor: Flask, one statement by hand through SQLAlchemy Core, one template. Nothing else."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from flask import Flask, render_template_string

PAGE = """<!doctype html><title>{{ title }}</title><h1>{{ title }}</h1><p>{{ count }}</p>
<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ "" if cell is none else cell }}</td>{% endfor %}</tr>
{% endfor %}</table>"""


def page(engine: sa.Engine, statement: str, values: Mapping[str, Any], count: str | None = None) -> Callable[[], int]:
    """A run that asks the smallest app for one page with these rows (and their count); returns the size in bytes."""
    app = Flask(__name__)
    select, counting = sa.text(statement), sa.text(count) if count else None

    @app.get("/")
    def index() -> str:
        with engine.connect() as connection:
            rows = connection.execute(select, values).all()
            number = connection.execute(counting, values).scalar() if counting is not None else len(rows)
        return render_template_string(PAGE, title="Customers", rows=rows, count=number)

    client = app.test_client()

    def run() -> int:
        answer = client.get("/")
        if answer.status_code != 200:
            raise RuntimeError(answer.status)
        return len(answer.data)

    return run
