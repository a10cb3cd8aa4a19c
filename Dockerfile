FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    STATIC_ROOT=/srv/vitrina/static

RUN useradd --system --uid 10001 --no-create-home vitrina \
    && install -d -o vitrina /srv/beat

WORKDIR /srv/vitrina
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .

# Settings refuse to guess, so the build names values that no container ever runs with.
RUN ENVIRONMENT=production SECRET_KEY=build-time-only-build-time-only-build-time-only-build-time-only \
    FIELD_ENCRYPTION_KEYS=YnVpbGQtdGltZS1vbmx5LWJ1aWxkLXRpbWUtb25seSE= ALLOWED_HOSTS=build.invalid \
    SITE_URL=https://build.invalid DATABASE_URL=postgres://build.invalid/build REDIS_URL=redis://build.invalid/0 \
    python manage.py collectstatic --noinput

USER vitrina
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "4", "--no-ws", "cashback.wsgi:application"]
