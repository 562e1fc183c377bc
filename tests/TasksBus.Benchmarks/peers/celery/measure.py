"""Measures Celery with the load that the command line names, and prints one line of JSON, as the peers on Node.js do."""

import argparse
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

LATENCY_WARM_UP = 10
LATENCY_SAMPLES = 200

# Each worker process runs one job at a time. For latency a second one is there, as one alone would still store the outcome of the job before.
TUNINGS = {
    'one-by-one': {'processes': 4, 'prefetch': 64},
    'drain': {'processes': 4, 'prefetch': 64},
    'latency': {'processes': 2, 'prefetch': 1},
}


def main():
    options = read_arguments()
    try:
        import celery
        import psycopg2  # noqa: F401: Celery stores outcomes with it
        import sqlalchemy  # noqa: F401: and with this
    except ImportError as error:
        report(options.load, notAvailable=f'{error}; on Debian: apt-get install python3-celery python3-sqlalchemy python3-psycopg2')
    if options.broker is None:
        report(options.load, notAvailable='--broker amqp://USER:PASSWORD@HOST:PORT/VHOST is needed')
    if options.load not in TUNINGS:
        report(options.load, notAvailable='Celery has no bulk call')
    tuning = TUNINGS[options.load]
    with own_database(options.connection) as (backend, name):
        os.environ.update(
            BENCH_QUEUE=name, BENCH_BROKER=options.broker, BENCH_BACKEND=backend,
            BENCH_PREFETCH=str(tuning['prefetch']), BENCH_PRODUCERS=str(options.producers))
        with closing(Bench(tuning['processes'])) as bench:
            figures = LOADS[options.load](bench, options.jobs, options.producers)
    report(options.load, version=celery.__version__, settings=(
        f'RabbitMQ, publisher confirms, acks_late, outcomes in PostgreSQL, {tuning["processes"]} worker processes, '
        f'prefetch multiplier {tuning["prefetch"]}'), **figures)


def read_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('--connection', required=True, help='postgres://USER:PASSWORD@HOST:PORT/DATABASE')
    parser.add_argument('--broker', help='amqp://USER:PASSWORD@HOST:PORT/VHOST')
    parser.add_argument('--load', required=True, choices=['one-by-one', 'bulk', 'drain', 'latency'])
    parser.add_argument('--jobs', type=int, default=2_000)
    parser.add_argument('--producers', type=int, default=32)
    return parser.parse_args()


def report(load, **figures):
    print(json.dumps({'system': 'celery', 'load': load, **figures}))
    sys.exit()


@contextmanager
def own_database(connection):
    """A fresh database for the outcomes: its address for SQLAlchemy, and a name that no other run has."""
    name = f'bench_celery_{secrets.token_hex(4)}'
    execute(connection, f'create database {name}')
    try:
        yield urlunsplit(urlsplit(connection)._replace(scheme='db+postgresql', path=f'/{name}')), name
    finally:
        execute(connection, f'drop database {name} with (force)')


def execute(connection, sql):
    import psycopg2
    session = psycopg2.connect(connection)
    session.autocommit = True
    with session.cursor() as cursor:
        cursor.execute(sql)
    session.close()


class Bench:
    """The queue, the outcomes, and the workers as processes of their own."""

    def __init__(self, processes):
        import tasks
        self.tasks, self.processes = tasks, processes
        # The first outcome makes the table otherwise, in each worker process at once.
        self.outcomes = tasks.app.backend.ResultSession()
        with tasks.app.connection_for_write() as broker:
            tasks.app.amqp.queues[tasks.queue](broker.default_channel).declare()

    @contextmanager
    def workers(self):
        command = [sys.executable, '-m', 'celery', '-A', 'tasks', 'worker', '-c', str(self.processes), '-l', 'error',
                   '--without-gossip', '--without-mingle', '--without-heartbeat']
        process = subprocess.Popen(command, cwd=Path(__file__).parent, stdout=sys.stderr, start_new_session=True)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)

    def enqueue(self, jobs, producers):
        with ThreadPoolExecutor(producers) as pool:
            list(pool.map(lambda _: self.tasks.noop.apply_async(), range(jobs)))

    def until_done(self, jobs):
        from celery.backends.database.models import Task
        while self.outcomes.query(Task).count() < jobs:
            self.outcomes.rollback()
            time.sleep(0.005)
        self.outcomes.rollback()

    def close(self):
        with self.tasks.app.connection_for_write() as broker:
            broker.default_channel.queue_delete(self.tasks.queue)
        self.outcomes.close()
        self.tasks.app.close()


def one_by_one(bench, jobs, producers):
    with bench.workers():
        warm_up = jobs // 4
        bench.enqueue(warm_up, producers)
        bench.until_done(warm_up)
        begin = time.monotonic()
        bench.enqueue(jobs, producers)
        enqueued = time.monotonic()
        bench.until_done(warm_up + jobs)
        seconds = time.monotonic() - begin
    return {'jobs': jobs, 'seconds': round(seconds, 2), 'perSecond': round(jobs / seconds, 2), 'enqueuePerSecond': round(jobs / (enqueued - begin), 2)}


def drain(bench, jobs, producers):
    bench.enqueue(jobs, producers)
    with bench.workers():
        # Python takes seconds to start: what counts begins with the first outcome.
        bench.until_done(1)
        begin = time.monotonic()
        bench.until_done(jobs)
        seconds = time.monotonic() - begin
    return {'jobs': jobs, 'seconds': round(seconds, 2), 'perSecond': round(jobs / seconds, 2)}


def latency(bench, jobs, producers):
    milliseconds = []
    with bench.workers():
        for i in range(-LATENCY_WARM_UP, LATENCY_SAMPLES):
            time.sleep(0.05 + 0.1 * random.random())
            seconds = bench.tasks.started_after.apply_async((time.monotonic(),)).get(interval=0.02)
            if i >= 0:
                milliseconds.append(seconds * 1_000)
    milliseconds.sort()
    return {'jobs': LATENCY_SAMPLES, 'p50': round(milliseconds[LATENCY_SAMPLES // 2], 2), 'p99': round(milliseconds[LATENCY_SAMPLES * 99 // 100], 2)}


LOADS = {'one-by-one': one_by_one, 'drain': drain, 'latency': latency}

if __name__ == '__main__':
    main()
