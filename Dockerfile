FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY pyproject.toml README.md ./
COPY skyvern_ui ./skyvern_ui
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir .

FROM python:3.11-slim-bookworm
RUN useradd --system --create-home --uid 10001 app
WORKDIR /app
COPY --from=build /venv /venv
COPY wsgi.py gunicorn.conf.py ./
COPY migrations ./migrations
COPY skyvern_ui ./skyvern_ui
RUN mkdir /data && chown app /data
USER app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    SKYVERN_UI_ENV=production HOST=0.0.0.0 PORT=3000 INSTANCE_DIR=/data
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "skyvern_ui", "run"]
