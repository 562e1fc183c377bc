-- Made from the migrations: TASKSBUS_WRITE_SNAPSHOTS=1 writes it anew.
CREATE TABLE IF NOT EXISTS "__EFMigrationsHistory" (
    "MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY,
    "ProductVersion" TEXT NOT NULL
);

BEGIN TRANSACTION;
CREATE TABLE "api_keys" (
    "name" TEXT NOT NULL CONSTRAINT "PK_api_keys" PRIMARY KEY,
    "hash" BLOB NOT NULL,
    "permissions" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "expires_at" INTEGER NULL,
    "last_used_at" INTEGER NULL
);

CREATE TABLE "api_request_logs" (
    "number" INTEGER NOT NULL CONSTRAINT "PK_api_request_logs" PRIMARY KEY,
    "received_at" INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    "request_id" TEXT NULL
);

CREATE TABLE "api_requests" (
    "number" INTEGER NOT NULL CONSTRAINT "PK_api_requests" PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "function_name" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "user_id" TEXT NULL,
    "application_id" TEXT NULL,
    "status_code" INTEGER NOT NULL,
    "requested_at" INTEGER NOT NULL,
    "duration" INTEGER NOT NULL,
    "error_type" TEXT NULL,
    "error_name" TEXT NULL,
    "error_message" TEXT NULL
);

CREATE TABLE "bulk_operations" (
    "id" TEXT NOT NULL CONSTRAINT "PK_bulk_operations" PRIMARY KEY,
    "action" TEXT NOT NULL,
    "query" TEXT NOT NULL,
    "priority" INTEGER NULL,
    "status" TEXT NOT NULL,
    "up_to" INTEGER NOT NULL,
    "reached" INTEGER NOT NULL,
    "matching" INTEGER NULL,
    "affected" INTEGER NOT NULL,
    "skipped" INTEGER NOT NULL,
    "refused" INTEGER NOT NULL,
    "reason" TEXT NULL,
    "created_by_user_id" TEXT NULL,
    "created_by_application_id" TEXT NULL,
    "created_at" INTEGER NOT NULL,
    "updated_at" INTEGER NOT NULL
);

CREATE TABLE "event_outbox" (
    "position" INTEGER NOT NULL CONSTRAINT "PK_event_outbox" PRIMARY KEY AUTOINCREMENT,
    "message_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "body" TEXT NOT NULL
);

CREATE TABLE "finished_tasks" (
    "number" INTEGER NOT NULL CONSTRAINT "PK_finished_tasks" PRIMARY KEY,
    "status" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "changed_at" INTEGER NOT NULL,
    "claim_id" TEXT NULL,
    "worker_id" TEXT NULL,
    "error_type" TEXT NULL,
    "error_name" TEXT NULL,
    "error_message" TEXT NULL,
    "retried_by_task_id" TEXT NULL
);

CREATE TABLE "function_pools" (
    "function_name" TEXT NOT NULL CONSTRAINT "PK_function_pools" PRIMARY KEY,
    "pool" TEXT NOT NULL
);

CREATE TABLE "functions" (
    "name" TEXT NOT NULL CONSTRAINT "PK_functions" PRIMARY KEY,
    "description" TEXT NULL,
    "entry_point" TEXT NOT NULL,
    "runtime" TEXT NOT NULL,
    "time_limit" INTEGER NOT NULL,
    "memory_limit" INTEGER NOT NULL,
    "environment" TEXT NULL,
    "permission_mode" TEXT NOT NULL,
    "default_priority" INTEGER NOT NULL,
    "is_retried" INTEGER NOT NULL,
    "errors_to_retry" TEXT NULL,
    "is_enabled" INTEGER NOT NULL,
    "updated_at" INTEGER NOT NULL,
    "step" TEXT NOT NULL,
    "step_id" TEXT NULL,
    "step_ends_at" INTEGER NOT NULL,
    "next" TEXT NULL,
    "next_code_hash" TEXT NULL,
    "account" TEXT NULL
);

CREATE TABLE "functions_revision" (
    "id" INTEGER NOT NULL CONSTRAINT "PK_functions_revision" PRIMARY KEY,
    "revision" TEXT NOT NULL
);

CREATE TABLE "leader" (
    "id" INTEGER NOT NULL CONSTRAINT "PK_leader" PRIMARY KEY,
    "owner" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "lease_ends_at" INTEGER NOT NULL
);

CREATE TABLE "running_tasks" (
    "number" INTEGER NOT NULL CONSTRAINT "PK_running_tasks" PRIMARY KEY,
    "id" TEXT NULL,
    "version" INTEGER NOT NULL,
    "changed_at" INTEGER NOT NULL,
    "claim_id" TEXT NOT NULL,
    "worker_id" TEXT NOT NULL,
    "deadline_at" INTEGER NOT NULL,
    "not_run_since" INTEGER NULL,
    "not_run_count" INTEGER NOT NULL
);

CREATE TABLE "schedules" (
    "id" TEXT NOT NULL CONSTRAINT "PK_schedules" PRIMARY KEY,
    "version" INTEGER NOT NULL,
    "interval" INTEGER NULL,
    "cron" TEXT NULL,
    "time_zone" TEXT NULL,
    "start_at" INTEGER NOT NULL,
    "next_at" INTEGER NULL,
    "catch_up" TEXT NOT NULL,
    "overlap" TEXT NOT NULL,
    "is_paused" INTEGER NOT NULL,
    "pause_reason" TEXT NULL,
    "last_task_id" TEXT NULL,
    "function_name" TEXT NOT NULL,
    "only_registered" INTEGER NOT NULL,
    "data" TEXT NULL,
    "priority" INTEGER NULL,
    "tags" TEXT NULL,
    "created_by_user_id" TEXT NULL,
    "created_by_application_id" TEXT NULL,
    "created_at" INTEGER NOT NULL,
    "updated_at" INTEGER NOT NULL
);

CREATE TABLE "task_history" (
    "minute" INTEGER NOT NULL,
    "function_name" TEXT NOT NULL,
    "process_id" TEXT NOT NULL,
    "counts" TEXT NOT NULL,
    CONSTRAINT "PK_task_history" PRIMARY KEY ("minute", "function_name", "process_id")
);

CREATE TABLE "task_logs" (
    "number" INTEGER NOT NULL CONSTRAINT "PK_task_logs" PRIMARY KEY,
    "received_at" INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    "request_id" TEXT NULL,
    "result" TEXT NULL,
    "is_result_dropped" INTEGER NOT NULL
);

CREATE TABLE "tasks" (
    "number" INTEGER NOT NULL CONSTRAINT "PK_tasks" PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NULL,
    "function_name" TEXT NOT NULL,
    "pool" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "start_at" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "data" TEXT NULL,
    "tags" TEXT NULL,
    "reference" TEXT NULL,
    "publisher" TEXT NULL,
    "created_by_user_id" TEXT NULL,
    "created_by_application_id" TEXT NULL,
    "retry_for_task_ids" TEXT NULL,
    "schedule_id" TEXT NULL,
    "event_id" TEXT NULL,
    "depth" INTEGER NOT NULL DEFAULT 0,
    "trace_parent" TEXT NULL
);

CREATE TABLE "waiting_tasks" (
    "number" INTEGER NOT NULL CONSTRAINT "PK_waiting_tasks" PRIMARY KEY,
    "id" TEXT NULL,
    "pool" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "start_at" INTEGER NOT NULL,
    "due_at" INTEGER NOT NULL,
    "is_ready" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "changed_at" INTEGER NOT NULL,
    "not_run_since" INTEGER NULL,
    "not_run_count" INTEGER NOT NULL,
    "not_run_name" TEXT NULL,
    "not_run_message" TEXT NULL
);

CREATE TABLE "worker_counts" (
    "worker_id" TEXT NOT NULL,
    "is_ended" INTEGER NOT NULL,
    "count" INTEGER NOT NULL,
    CONSTRAINT "PK_worker_counts" PRIMARY KEY ("worker_id", "is_ended")
);

CREATE TABLE "workers" (
    "id" TEXT NOT NULL CONSTRAINT "PK_workers" PRIMARY KEY,
    "pool" TEXT NOT NULL,
    "slots" INTEGER NOT NULL,
    "host" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "beat" INTEGER NOT NULL,
    "functions" TEXT NULL
);

CREATE TABLE "raised_events" (
    "number" INTEGER NOT NULL CONSTRAINT "PK_raised_events" PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "content" TEXT NULL,
    "depth" INTEGER NOT NULL,
    "task_count" INTEGER NOT NULL,
    "raised_by_task_id" TEXT NULL,
    "created_by_user_id" TEXT NULL,
    "created_by_application_id" TEXT NULL,
    "created_at" INTEGER NOT NULL
);

CREATE TABLE "triggers" (
    "id" TEXT NOT NULL CONSTRAINT "PK_triggers" PRIMARY KEY,
    "version" INTEGER NOT NULL,
    "event_type" TEXT NOT NULL,
    "name" TEXT NULL,
    "description" TEXT NULL,
    "tags" TEXT NULL,
    "actions" TEXT NOT NULL,
    "action_count" INTEGER NOT NULL,
    "created_by_user_id" TEXT NULL,
    "created_by_application_id" TEXT NULL,
    "created_at" INTEGER NOT NULL,
    "updated_at" INTEGER NOT NULL
);

INSERT INTO "functions_revision" ("id", "revision")
VALUES (1, '00000000-0000-0000-0000-000000000000');
SELECT changes();


CREATE INDEX "IX_bulk_operations_created_at_id" ON "bulk_operations" ("created_at", "id");

CREATE INDEX "IX_raised_events_created_at_number" ON "raised_events" ("created_at", "number");

CREATE UNIQUE INDEX "IX_raised_events_id" ON "raised_events" ("id");

CREATE INDEX "IX_raised_events_type_created_at" ON "raised_events" ("type", "created_at");

CREATE INDEX "IX_triggers_created_at_id" ON "triggers" ("created_at", "id");

CREATE INDEX "IX_triggers_event_type" ON "triggers" ("event_type");

CREATE UNIQUE INDEX "IX_triggers_name" ON "triggers" ("name");

CREATE UNIQUE INDEX "IX_api_keys_hash" ON "api_keys" ("hash");

CREATE INDEX "IX_api_requests_function_name_requested_at" ON "api_requests" ("function_name", "requested_at");

CREATE UNIQUE INDEX "IX_api_requests_id" ON "api_requests" ("id");

CREATE INDEX "IX_api_requests_requested_at_number" ON "api_requests" ("requested_at", "number");

CREATE INDEX "IX_finished_tasks_changed_at" ON "finished_tasks" ("changed_at") WHERE status = 'failed';

CREATE INDEX "IX_finished_tasks_status_number" ON "finished_tasks" ("status", "number");

CREATE INDEX "IX_schedules_created_at_id" ON "schedules" ("created_at", "id");

CREATE INDEX "IX_schedules_last_task_id" ON "schedules" ("last_task_id") WHERE overlap = 'skip';

CREATE INDEX "IX_schedules_next_at_id" ON "schedules" ("next_at", "id");

CREATE INDEX "IX_task_logs_received_at" ON "task_logs" ("received_at");

CREATE INDEX "IX_tasks_created_at" ON "tasks" ("created_at");

CREATE INDEX "IX_tasks_function_name_number" ON "tasks" ("function_name", "number");

CREATE UNIQUE INDEX "IX_tasks_id" ON "tasks" ("id");

CREATE INDEX "IX_tasks_event_id_number" ON "tasks" ("event_id", "number") WHERE event_id is not null;

CREATE INDEX "IX_tasks_reference_number" ON "tasks" ("reference", "number") WHERE reference is not null;

CREATE INDEX "IX_tasks_schedule_id_number" ON "tasks" ("schedule_id", "number") WHERE schedule_id is not null;

CREATE INDEX "IX_tasks_start_at" ON "tasks" ("start_at");

CREATE INDEX "IX_waiting_tasks_not_run_since" ON "waiting_tasks" ("not_run_since") WHERE not_run_since is not null;

CREATE INDEX "IX_waiting_tasks_pool_due_at" ON "waiting_tasks" ("pool", "due_at") WHERE is_ready = 0;

CREATE INDEX "IX_waiting_tasks_pool_priority_start_at_number" ON "waiting_tasks" ("pool", "priority" DESC, "start_at", "number") WHERE is_ready = 1;

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261125222934_Initial', '10.0.15');

COMMIT;
