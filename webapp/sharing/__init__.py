"""What other sites are told of our pages, what they may show of them, and how people pass them on."""

from flask import Flask

from webapp.sharing import pages, spaces, views, ways


def init_app(app: Flask) -> None:
    """Adds the addresses that other sites ask for, and the tags of spaces."""
    app.register_blueprint(views.bp)
    app.jinja_env.globals.update(
        preview_at=pages.seen,
        picture_address=views.picture_address,
        shared_link=views.shared_link,
        embed_code=views.embed_code,
        ways_to_share=ways.ways,
    )
    pages.register(app, "spaces.show", spaces.preview_of)
