"""One settings file that refuses to guess. Every name read by `env` stands in .env.example (a test compares)."""

from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import environ
from babel import Locale
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.http import is_same_domain

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- Where we run -----------------------------------------------------------------------------------------------

# production | demo | test. Demo and test may call services on this very machine, so they must be unreachable from
# outside: they refuse to start unless every allowed host is loopback or *.test.
ENVIRONMENT = env("ENVIRONMENT")
if ENVIRONMENT not in {"production", "demo", "test"}:
    raise ImproperlyConfigured(f"ENVIRONMENT is {ENVIRONMENT!r}; it must be production, demo or test.")

DEBUG = False
SECRET_KEY = env("SECRET_KEY")
# Fernet keys for secrets at rest, newest first. A new one: 32 random bytes in URL-safe base64,
# `python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"`.
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEYS")
# Host names of our own. A storefront's is a row, not a setting, so the wall is partners.middleware.HostMiddleware.
_NAMED_HOSTS = env.list("ALLOWED_HOSTS")
ALLOWED_HOSTS = ["*"]
# The address at which networks and partners reach us, without a slash at the end.
SITE_URL = env("SITE_URL").rstrip("/")
_SITE_HOST = urlsplit(SITE_URL).hostname or ""

EGRESS_LOOPBACK = ENVIRONMENT != "production"
# The longest silence, in seconds, that we bear from a network's server.
EGRESS_READ_SECONDS = env.float("EGRESS_READ_SECONDS", default=15.0)
LOOPBACK = {"localhost", "127.0.0.1", "[::1]", "testserver"}
if EGRESS_LOOPBACK:
    for _host in _NAMED_HOSTS:
        if _host not in LOOPBACK and not _host.endswith(".test"):
            raise ImproperlyConfigured(
                f"ENVIRONMENT={ENVIRONMENT} calls services on this machine and must not be reachable from outside, "
                f"but ALLOWED_HOSTS holds {_host!r}. Allow only localhost, 127.0.0.1, [::1] and *.test."
            )
# Nobody's but ours: the staff's pages are on these, a partner's storefront is on any other. Exact names count; a domain
# (".example") names none.
OWN_HOSTS = {_SITE_HOST} | {_host for _host in _NAMED_HOSTS if not _host.startswith(".")}
OWN_HOSTS |= LOOPBACK if EGRESS_LOOPBACK else set()


def _is_fernet_key(text: str) -> bool:
    try:
        Fernet(text)
    except ValueError:
        return False
    return True


if ENVIRONMENT == "production":
    _demands = {
        "SITE_URL must be https:// and a host name.": _SITE_HOST and SITE_URL.startswith("https://"),
        "ALLOWED_HOSTS must name hosts, not *.": "*" not in _NAMED_HOSTS,
        "ALLOWED_HOSTS must hold SITE_URL's host.": any(is_same_domain(_SITE_HOST, h) for h in _NAMED_HOSTS),
        "SECRET_KEY must have 50 characters or more.": len(SECRET_KEY) >= 50,
        "FIELD_ENCRYPTION_KEYS must be Fernet keys, one at least.": FIELD_ENCRYPTION_KEYS
        and all(map(_is_fernet_key, FIELD_ENCRYPTION_KEYS)),
    }
    if _unmet := [demand for demand, is_met in _demands.items() if not is_met]:
        raise ImproperlyConfigured(f"ENVIRONMENT=production is refused. {' '.join(_unmet)}")

# --- Rooms ------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "transactions.ledger.apps.LedgerConfig",
    "partners.apps.PartnersConfig",
    "partners.notices.apps.NoticesConfig",
    "partners.webhooks.apps.WebhooksConfig",
    "offers.networks.apps.NetworksConfig",
    "offers.apps.OffersConfig",
    "transactions.apps.TransactionsConfig",
    "support.clocks.apps.ClocksConfig",
    "support.desk.apps.DeskConfig",
    "support.goodwill.apps.GoodwillConfig",
    "support.mail.apps.MailConfig",
    "support.claims.apps.ClaimsConfig",
    "support.shifts.apps.ShiftsConfig",
    "support.quality.apps.QualityConfig",
    "support.apps.SupportConfig",
    "cashback.apps.CashbackConfig",
]

MIDDLEWARE = [
    # These come first: what those below answer by themselves, such as a redirect to https, has its headers too.
    "cashback.middleware.RequestIdMiddleware",
    "cashback.middleware.SightMiddleware",
    "cashback.middleware.ContentSecurityPolicyMiddleware",
    "cashback.middleware.BodySizeMiddleware",
    "partners.middleware.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "partners.middleware.StorefrontMiddleware",
    "cashback.middleware.StaffLanguageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cashback.middleware.StaffSightMiddleware",
    "support.desk.middleware.AuditMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "cashback.urls"
STOREFRONT_URLCONF = "cashback.storefront_urls"
WSGI_APPLICATION = "cashback.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Data -------------------------------------------------------------------------------------------------------

_DATABASE = env.db_url("DATABASE_URL")
DATABASES = {
    "default": {
        **_DATABASE,
        "ENGINE": "cashback.lib.sight",
        # A connection per request costs thirteen times the rate; see docs/adr/0003.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # Lets cashback.lib.statements prepare its statements; Django's own cursors never do. Behind PgBouncer's
        # transaction mode this needs PgBouncer 1.21 or newer with max_prepared_statements set.
        "OPTIONS": {**_DATABASE.get("OPTIONS", {}), "prepare_threshold": 0},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL")
# A Redis that hangs must not hold the threads that serve pages: each word with it ends after this many seconds. The
# worker's own wait for work is a BRPOP of one second and ends by itself before that.
_REDIS_PATIENCE = {"socket_connect_timeout": 2.0, "socket_timeout": 2.0}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {**_REDIS_PATIENCE, "pool_class": "cashback.lib.redis_pool.SharedPool"},
    },
    # Parts of pages, in each process's own memory: their keys name the edition that they are of (docs/adr/0009).
    "fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "fragments",
        "OPTIONS": {"MAX_ENTRIES": 1000},
    },
}

STATIC_URL = "/static/"
STATIC_ROOT = env("STATIC_ROOT", default=str(BASE_DIR / ".stack" / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# A body larger than this is refused with 413 before anything reads it; postbacks have their own, lower limit.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- Background work --------------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# The limits must stay below the visibility time-out, or a long task gets a second copy beside it.
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "max_retries": 0,  # a ring is one try: left to itself, kombu tries to connect for six seconds
    **_REDIS_PATIENCE,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

POLL_SECONDS = env.float("POLL_SECONDS", default=600.0)
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=30.0)
REFRESH_SECONDS = env.float("REFRESH_SECONDS", default=6 * 3600.0)

# --- Mail -------------------------------------------------------------------------------------------------------

_MAIL = env.email_url("EMAIL_URL", default="smtp://localhost:25")
EMAIL_BACKEND = _MAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _MAIL["EMAIL_HOST"], _MAIL["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL["EMAIL_HOST_USER"], _MAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.get("EMAIL_USE_TLS", False), _MAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
# The address that letters to shoppers come from, under each storefront's own name.
NOTICE_FROM = env("NOTICE_FROM", default=f"notices@{_SITE_HOST or 'localhost'}")
# How long the first piece of news waits for others, so that ten of them are one letter.
NOTICE_MERGE_SECONDS = env.float("NOTICE_MERGE_SECONDS", default=120.0)
# The address of support: letters to shoppers come from it, and theirs to it, each conversation with a part of its own
# after a plus (support+…@), so the mail server must deliver all of these.
SUPPORT_FROM = env("SUPPORT_FROM", default=f"support@{_SITE_HOST or 'localhost'}").lower()
# The storefront of letters that name none; without it such a letter waits for a person.
SUPPORT_STOREFRONT = env("SUPPORT_STOREFRONT", default="")
# The secret part of /support/mail/<token>/, where a mail provider hands letters on. Empty: nobody does.
SUPPORT_MAIL_TOKEN = env("SUPPORT_MAIL_TOKEN", default="")
# The mailbox that is polled: imap+ssl://user:password@host:993/INBOX?taken=Folder. Empty: none is.
SUPPORT_IMAP_URL = env("SUPPORT_IMAP_URL", default="")
if 0 < len(SUPPORT_MAIL_TOKEN) < 32:
    raise ImproperlyConfigured("SUPPORT_MAIL_TOKEN must have 32 characters or more, or be empty.")

# --- Languages --------------------------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = "UTC"
# Whose clock the staff's pages show. A storefront's pages and letters have the storefront's.
STAFF_TIME_ZONE = env("STAFF_TIME_ZONE", default="UTC")
if STAFF_TIME_ZONE not in available_timezones():
    raise ImproperlyConfigured("STAFF_TIME_ZONE is a name such as Europe/Moscow.")
USE_I18N = True
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]


def spoken_in(folder: Path) -> list[tuple[str, str]]:
    """English, and each language with a compiled catalogue there: a new one is a `.po` file and `make messages`."""
    codes = {"en", *(path.parent.parent.name for path in folder.glob("*/LC_MESSAGES/django.mo"))}
    return [(code, (Locale.parse(code).display_name or code).capitalize()) for code in sorted(codes)]


LANGUAGES = spoken_in(LOCALE_PATHS[0])
FORMAT_MODULE_PATH = "cashback.formats"
# The staff's choice. A storefront has a cookie of its own (partners.middleware).
LANGUAGE_COOKIE_NAME = "staff-language"
LANGUAGE_COOKIE_PATH = "/admin/"

# --- Security ---------------------------------------------------------------------------------------------------

_IS_HTTPS = urlsplit(SITE_URL).scheme == "https"
SECURE_SSL_REDIRECT = _IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^hosts/allowed$"]
SECURE_HSTS_SECONDS = 31536000 if _IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _IS_HTTPS
SECURE_HSTS_PRELOAD = _IS_HTTPS
# Set where a proxy of ours ends TLS and overwrites X-Forwarded-Proto.
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
)
SESSION_COOKIE_NAME = "staff-session"
SESSION_COOKIE_SECURE = _IS_HTTPS
SESSION_COOKIE_PATH = "/admin/"
SESSION_COOKIE_AGE = 12 * 3600
# Who comes to the log-in page itself, from nowhere.
LOGIN_REDIRECT_URL = "admin:index"
CSRF_COOKIE_SECURE = _IS_HTTPS
CSRF_COOKIE_PATH = "/admin/"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "cashback.views.form_refused"
# Django's frame middleware knows one answer for all; ours (cashback.middleware) has one for each storefront.
SILENCED_SYSTEM_CHECKS = ["security.W002"]
SECURE_REFERRER_POLICY = "same-origin"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# A frame that keeps no cookie carries its session itself for so many seconds; then it asks the host page for another.
BEARER_SECONDS = env.int("BEARER_SECONDS", default=900)

# --- The partners' API ------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["partners.api.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["partners.api.parsing.JSONParser"],
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "cashback.api_errors.answer",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "cashback.api_schema.DoorSchema",
}
# What one key may call; beyond that it is told when to come back.
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", default=6000)
SPECTACULAR_SETTINGS = {
    "TITLE": "Vitrina",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [{"url": "/"}],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "POSTPROCESSING_HOOKS": ["cashback.api_schema.finish"],
}

# --- Logs -------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "cashback.logs.RequestIdFilter"}},
    "formatters": {"json": {"()": "cashback.logs.JsonFormatter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]}
    },
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="INFO")},
}

UNFOLD = {
    "SITE_TITLE": "Vitrina",
    "SITE_HEADER": "Vitrina",
    "SITE_SUBHEADER": "cashback.dashboard.subheader",
    "SITE_SYMBOL": "storefront",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/favicon.svg"}],
    "STYLES": [lambda _request: static("admin/lists.css")],
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": "/admin/language/"},
    "DASHBOARD_CALLBACK": "cashback.dashboard.overview",
    # Ctrl-K: cases and what is behind them. Rows of the admin's own lists are not searched, for those know no order.
    "COMMAND": {"search_callback": "support.admin.palette.find"},
    "SIDEBAR": {"show_search": False, "navigation": "cashback.dashboard.navigation"},
}
