from gevent import monkey

monkey.patch_all()

from skyvern_ui import create_app  # noqa: E402 - nothing may be imported before the patch

app = create_app()
