"""What gunicorn serves: the app with its log as JSON lines."""

from portal import Portal, create_app, logs


def application() -> Portal:
    """The WSGI application of one web process."""
    logs.configure()
    return create_app()
