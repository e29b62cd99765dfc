"""For any WSGI server: ``gunicorn wsgi:app``."""

from portal import collector, create_app

app = create_app()
collector.set_aside()
