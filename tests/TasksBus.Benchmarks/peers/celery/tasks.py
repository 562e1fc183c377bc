"""The Celery application that is measured; producers and workers load it alike. Its servers and settings come in the environment."""

import os
import time

from celery import Celery
from kombu import Queue

queue = os.environ['BENCH_QUEUE']

app = Celery('bench', broker=os.environ['BENCH_BROKER'], backend=os.environ['BENCH_BACKEND'])
app.conf.update(
    # As durable as the others: persistent messages, confirmed, acknowledged after the run, each outcome stored.
    broker_transport_options={'confirm_publish': True},
    task_acks_late=True,
    task_queues=[Queue(queue, routing_key=queue)],
    task_default_queue=queue,
    task_default_routing_key=queue,
    worker_prefetch_multiplier=int(os.environ['BENCH_PREFETCH']),
    broker_pool_limit=int(os.environ['BENCH_PRODUCERS']),
    database_short_lived_sessions=False,
    worker_send_task_events=False,
)


@app.task
def noop():
    pass


@app.task
def started_after(sent):
    """Seconds since `sent`, by the machine's monotonic clock."""
    return time.monotonic() - sent
