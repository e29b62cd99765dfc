"""What gunicorn serves: the app with its log as JSON lines."""

from portal import Portal, collector, create_app, logs


def application() -> Portal:
    """The WSGI application of one web process."""
    logs.configure()
    app = create_app()
    collector.set_aside()
    return app
