"""The Celery application and the beat schedule. Every task is safe to run twice, so a second beat does no harm."""

import os
from typing import Any

from celery import Celery, Task
from celery.schedules import crontab
from kombu import Queue

from cashback.lib import sight

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cashback.settings")


class SeeingTask(Task):
    """A task works for all partners, and says so."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with sight.all_partners(f"task {self.name}"):
            return super().__call__(*args, **kwargs)


app = Celery("cashback", task_cls=SeeingTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# The clock's own tasks are short, and never stand behind a queue of work that a slow network has filled: a worker
# takes from both queues in turn.
_CLOCK = (
    "cashback.tasks.tick",
    "transactions.tasks.sweep_inbox",
    "transactions.tasks.poll_all_sales",
    "partners.notices.tasks.sweep",
    "partners.webhooks.tasks.sweep",
    "support.tasks.keep_desk",
    "support.tasks.close_shifts",
    "support.tasks.sweep_inquiries",
    "support.tasks.poll_all_inquiries",
    "support.mail.tasks.sweep_outgoing",
    "support.mail.tasks.sweep_inbound",
)
_MAIL = (
    "partners.notices.tasks.send_letter",
    "partners.notices.tasks.send_due_letters",
    "support.mail.tasks.send_message",
)
app.conf.update(
    # Codes to sign in with are waited for: mail has a queue of its own too, and so have partners' events.
    task_queues=[Queue("celery"), Queue("clock"), Queue("mail"), Queue("webhooks")],
    task_default_queue="celery",
    task_routes={
        **{name: {"queue": "clock"} for name in _CLOCK},
        **{name: {"queue": "mail"} for name in _MAIL},
        "partners.webhooks.tasks.deliver": {"queue": "webhooks"},
    },
)


@app.on_after_configure.connect
def schedule(sender: Celery, **_kwargs: object) -> None:
    from django.conf import settings

    sender.conf.beat_schedule = {**_schedule_of_purchases(settings), **_schedule_of_support(settings)}


def _schedule_of_purchases(settings: Any) -> dict[str, Any]:
    return {
        "tick": {"task": "cashback.tasks.tick", "schedule": 5.0},
        "sweep-inbox": {"task": "transactions.tasks.sweep_inbox", "schedule": settings.SWEEP_SECONDS},
        "sweep-notices": {"task": "partners.notices.tasks.sweep", "schedule": 5.0},
        "forget-letters": {
            "task": "partners.notices.tasks.forget_old",
            "schedule": crontab(minute=41, hour=2),
        },
        "sweep-webhooks": {"task": "partners.webhooks.tasks.sweep", "schedule": 5.0},
        "forget-webhooks": {
            "task": "partners.webhooks.tasks.forget_old",
            "schedule": crontab(minute=47, hour=2),
        },
        "poll-sales": {"task": "transactions.tasks.poll_all_sales", "schedule": settings.POLL_SECONDS},
        "refresh-offers": {"task": "offers.tasks.refresh_all_offers", "schedule": settings.REFRESH_SECONDS},
        "rank-offers": {"task": "offers.tasks.rank_offers", "schedule": crontab(minute=5, hour="*/1")},
        "measure-offers": {"task": "offers.tasks.measure_offers", "schedule": crontab(minute=41, hour=2)},
        "make-click-partitions": {
            "task": "transactions.tasks.make_click_partitions",
            "schedule": crontab(minute=17, hour=3),
        },
        "forget-mail-codes": {
            "task": "partners.tasks.forget_mail_codes",
            "schedule": crontab(minute=37),
        },
        "finish-erasures": {
            "task": "partners.tasks.finish_erasures",
            "schedule": crontab(minute=47),
        },
        "forget-spent-tokens": {
            "task": "partners.tasks.forget_spent_tokens",
            "schedule": crontab(minute=29, hour="*/6"),
        },
    }


def _schedule_of_support(settings: Any) -> dict[str, Any]:
    return {
        "keep-desk": {"task": "support.tasks.keep_desk", "schedule": 10.0},
        "wake-claims": {"task": "support.tasks.wake_claims", "schedule": settings.SWEEP_SECONDS},
        "close-shifts": {"task": "support.tasks.close_shifts", "schedule": 30.0},
        "sweep-inquiries": {"task": "support.tasks.sweep_inquiries", "schedule": settings.SWEEP_SECONDS},
        "poll-inquiries": {"task": "support.tasks.poll_all_inquiries", "schedule": settings.POLL_SECONDS},
        "sweep-support-mail-out": {"task": "support.mail.tasks.sweep_outgoing", "schedule": 5.0},
        "sweep-support-mail-in": {
            "task": "support.mail.tasks.sweep_inbound",
            "schedule": settings.SWEEP_SECONDS,
        },
        "look-after-quality": {
            "task": "support.tasks.look_after_quality",
            "schedule": crontab(minute=23, hour=4),
        },
        "forget-support-mail": {
            "task": "support.mail.tasks.forget_old",
            "schedule": crontab(minute=53, hour=2),
        },
        "poll-support-mailbox": {"task": "support.mail.tasks.poll_mailbox", "schedule": 60.0},
    }
