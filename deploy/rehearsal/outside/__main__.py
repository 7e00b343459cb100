"""`python -m deploy.rehearsal.outside`: the HTTP doors and the mail server in one process."""

from __future__ import annotations

from shared.starting import collector_at_rest


def main() -> None:
    """Runs until SIGTERM or SIGINT."""
    with collector_at_rest():
        import uvicorn

        from deploy.local.settings import OutsideSettings
        from deploy.rehearsal.outside.app import build

        settings = OutsideSettings()
        app = build(settings)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.http_port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main()
