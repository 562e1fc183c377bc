using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace TasksBus.Storage.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "api_keys",
                columns: table => new
                {
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    permissions = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: true),
                    last_used_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_api_keys", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "api_request_logs",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false),
                    received_at = table.Column<long>(type: "INTEGER", nullable: false),
                    text = table.Column<string>(type: "TEXT", nullable: false),
                    request_id = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_api_request_logs", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "api_requests",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    function_name = table.Column<string>(type: "TEXT", nullable: false),
                    method = table.Column<string>(type: "TEXT", nullable: false),
                    path = table.Column<string>(type: "TEXT", nullable: false),
                    user_id = table.Column<string>(type: "TEXT", nullable: true),
                    application_id = table.Column<string>(type: "TEXT", nullable: true),
                    status_code = table.Column<int>(type: "INTEGER", nullable: false),
                    requested_at = table.Column<long>(type: "INTEGER", nullable: false),
                    duration = table.Column<long>(type: "INTEGER", nullable: false),
                    error_type = table.Column<string>(type: "TEXT", nullable: true),
                    error_name = table.Column<string>(type: "TEXT", nullable: true),
                    error_message = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_api_requests", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "bulk_operations",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    action = table.Column<string>(type: "TEXT", nullable: false),
                    query = table.Column<string>(type: "TEXT", nullable: false),
                    priority = table.Column<long>(type: "INTEGER", nullable: true),
                    status = table.Column<string>(type: "TEXT", nullable: false),
                    up_to = table.Column<long>(type: "INTEGER", nullable: false),
                    reached = table.Column<long>(type: "INTEGER", nullable: false),
                    matching = table.Column<long>(type: "INTEGER", nullable: true),
                    affected = table.Column<long>(type: "INTEGER", nullable: false),
                    skipped = table.Column<long>(type: "INTEGER", nullable: false),
                    refused = table.Column<long>(type: "INTEGER", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    created_by_user_id = table.Column<string>(type: "TEXT", nullable: true),
                    created_by_application_id = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    updated_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_bulk_operations", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "event_outbox",
                columns: table => new
                {
                    position = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    message_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    type = table.Column<string>(type: "TEXT", nullable: false),
                    body = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_event_outbox", x => x.position);
                });

            migrationBuilder.CreateTable(
                name: "finished_tasks",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false),
                    status = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    claim_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    worker_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    error_type = table.Column<string>(type: "TEXT", nullable: true),
                    error_name = table.Column<string>(type: "TEXT", nullable: true),
                    error_message = table.Column<string>(type: "TEXT", nullable: true),
                    retried_by_task_id = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_finished_tasks", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "function_pools",
                columns: table => new
                {
                    function_name = table.Column<string>(type: "TEXT", nullable: false),
                    pool = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_function_pools", x => x.function_name);
                });

            migrationBuilder.CreateTable(
                name: "functions",
                columns: table => new
                {
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    description = table.Column<string>(type: "TEXT", nullable: true),
                    entry_point = table.Column<string>(type: "TEXT", nullable: false),
                    runtime = table.Column<string>(type: "TEXT", nullable: false),
                    time_limit = table.Column<int>(type: "INTEGER", nullable: false),
                    memory_limit = table.Column<int>(type: "INTEGER", nullable: false),
                    environment = table.Column<string>(type: "TEXT", nullable: true),
                    permission_mode = table.Column<string>(type: "TEXT", nullable: false),
                    default_priority = table.Column<long>(type: "INTEGER", nullable: false),
                    is_retried = table.Column<bool>(type: "INTEGER", nullable: false),
                    errors_to_retry = table.Column<string>(type: "TEXT", nullable: true),
                    is_enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    updated_at = table.Column<long>(type: "INTEGER", nullable: false),
                    step = table.Column<string>(type: "TEXT", nullable: false),
                    step_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    step_ends_at = table.Column<long>(type: "INTEGER", nullable: false),
                    next = table.Column<string>(type: "TEXT", nullable: true),
                    next_code_hash = table.Column<string>(type: "TEXT", nullable: true),
                    account = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_functions", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "functions_revision",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    revision = table.Column<Guid>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_functions_revision", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "leader",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    owner = table.Column<Guid>(type: "TEXT", nullable: false),
                    epoch = table.Column<long>(type: "INTEGER", nullable: false),
                    lease_ends_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_leader", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "running_tasks",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    claim_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    worker_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    deadline_at = table.Column<long>(type: "INTEGER", nullable: false),
                    not_run_since = table.Column<long>(type: "INTEGER", nullable: true),
                    not_run_count = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_running_tasks", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "schedules",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    interval = table.Column<long>(type: "INTEGER", nullable: true),
                    cron = table.Column<string>(type: "TEXT", nullable: true),
                    time_zone = table.Column<string>(type: "TEXT", nullable: true),
                    start_at = table.Column<long>(type: "INTEGER", nullable: false),
                    next_at = table.Column<long>(type: "INTEGER", nullable: true),
                    catch_up = table.Column<string>(type: "TEXT", nullable: false),
                    overlap = table.Column<string>(type: "TEXT", nullable: false),
                    is_paused = table.Column<bool>(type: "INTEGER", nullable: false),
                    pause_reason = table.Column<string>(type: "TEXT", nullable: true),
                    last_task_id = table.Column<string>(type: "TEXT", nullable: true),
                    function_name = table.Column<string>(type: "TEXT", nullable: false),
                    only_registered = table.Column<bool>(type: "INTEGER", nullable: false),
                    data = table.Column<string>(type: "TEXT", nullable: true),
                    priority = table.Column<long>(type: "INTEGER", nullable: true),
                    tags = table.Column<string>(type: "TEXT", nullable: true),
                    created_by_user_id = table.Column<string>(type: "TEXT", nullable: true),
                    created_by_application_id = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    updated_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_schedules", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "task_history",
                columns: table => new
                {
                    minute = table.Column<long>(type: "INTEGER", nullable: false),
                    function_name = table.Column<string>(type: "TEXT", nullable: false),
                    process_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    counts = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_task_history", x => new { x.minute, x.function_name, x.process_id });
                });

            migrationBuilder.CreateTable(
                name: "task_logs",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false),
                    received_at = table.Column<long>(type: "INTEGER", nullable: false),
                    text = table.Column<string>(type: "TEXT", nullable: false),
                    request_id = table.Column<string>(type: "TEXT", nullable: true),
                    result = table.Column<string>(type: "TEXT", nullable: true),
                    is_result_dropped = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_task_logs", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "tasks",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    id = table.Column<string>(type: "TEXT", nullable: true),
                    function_name = table.Column<string>(type: "TEXT", nullable: false),
                    pool = table.Column<string>(type: "TEXT", nullable: false),
                    priority = table.Column<long>(type: "INTEGER", nullable: false),
                    start_at = table.Column<long>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    data = table.Column<string>(type: "TEXT", nullable: true),
                    tags = table.Column<string>(type: "TEXT", nullable: true),
                    reference = table.Column<string>(type: "TEXT", nullable: true),
                    publisher = table.Column<string>(type: "TEXT", nullable: true),
                    created_by_user_id = table.Column<string>(type: "TEXT", nullable: true),
                    created_by_application_id = table.Column<string>(type: "TEXT", nullable: true),
                    retry_for_task_ids = table.Column<string>(type: "TEXT", nullable: true),
                    schedule_id = table.Column<string>(type: "TEXT", nullable: true),
                    event_id = table.Column<string>(type: "TEXT", nullable: true),
                    depth = table.Column<short>(type: "INTEGER", nullable: false, defaultValue: (short)0),
                    trace_parent = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_tasks", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "waiting_tasks",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: true),
                    pool = table.Column<string>(type: "TEXT", nullable: false),
                    priority = table.Column<long>(type: "INTEGER", nullable: false),
                    start_at = table.Column<long>(type: "INTEGER", nullable: false),
                    due_at = table.Column<long>(type: "INTEGER", nullable: false),
                    is_ready = table.Column<bool>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    not_run_since = table.Column<long>(type: "INTEGER", nullable: true),
                    not_run_count = table.Column<int>(type: "INTEGER", nullable: false),
                    not_run_name = table.Column<string>(type: "TEXT", nullable: true),
                    not_run_message = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_waiting_tasks", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "worker_counts",
                columns: table => new
                {
                    worker_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    is_ended = table.Column<bool>(type: "INTEGER", nullable: false),
                    count = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_worker_counts", x => new { x.worker_id, x.is_ended });
                });

            migrationBuilder.CreateTable(
                name: "workers",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    pool = table.Column<string>(type: "TEXT", nullable: false),
                    slots = table.Column<int>(type: "INTEGER", nullable: false),
                    host = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<string>(type: "TEXT", nullable: false),
                    beat = table.Column<long>(type: "INTEGER", nullable: false),
                    functions = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_workers", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "raised_events",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    type = table.Column<string>(type: "TEXT", nullable: false),
                    content = table.Column<string>(type: "TEXT", nullable: true),
                    depth = table.Column<int>(type: "INTEGER", nullable: false),
                    task_count = table.Column<int>(type: "INTEGER", nullable: false),
                    raised_by_task_id = table.Column<string>(type: "TEXT", nullable: true),
                    created_by_user_id = table.Column<string>(type: "TEXT", nullable: true),
                    created_by_application_id = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_raised_events", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "triggers",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    event_type = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: true),
                    description = table.Column<string>(type: "TEXT", nullable: true),
                    tags = table.Column<string>(type: "TEXT", nullable: true),
                    actions = table.Column<string>(type: "TEXT", nullable: false),
                    action_count = table.Column<int>(type: "INTEGER", nullable: false),
                    created_by_user_id = table.Column<string>(type: "TEXT", nullable: true),
                    created_by_application_id = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    updated_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_triggers", x => x.id);
                });

            migrationBuilder.InsertData(
                table: "functions_revision",
                columns: new[] { "id", "revision" },
                values: new object[] { 1, new Guid("00000000-0000-0000-0000-000000000000") });

            migrationBuilder.CreateIndex(
                name: "IX_bulk_operations_created_at_id",
                table: "bulk_operations",
                columns: new[] { "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_raised_events_created_at_number",
                table: "raised_events",
                columns: new[] { "created_at", "number" });

            migrationBuilder.CreateIndex(
                name: "IX_raised_events_id",
                table: "raised_events",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_raised_events_type_created_at",
                table: "raised_events",
                columns: new[] { "type", "created_at" });

            migrationBuilder.CreateIndex(
                name: "IX_triggers_created_at_id",
                table: "triggers",
                columns: new[] { "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_triggers_event_type",
                table: "triggers",
                column: "event_type");

            migrationBuilder.CreateIndex(
                name: "IX_triggers_name",
                table: "triggers",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_api_keys_hash",
                table: "api_keys",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_api_requests_function_name_requested_at",
                table: "api_requests",
                columns: new[] { "function_name", "requested_at" });

            migrationBuilder.CreateIndex(
                name: "IX_api_requests_id",
                table: "api_requests",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_api_requests_requested_at_number",
                table: "api_requests",
                columns: new[] { "requested_at", "number" });

            migrationBuilder.CreateIndex(
                name: "IX_finished_tasks_changed_at",
                table: "finished_tasks",
                column: "changed_at",
                filter: "status = 'failed'");

            migrationBuilder.CreateIndex(
                name: "IX_finished_tasks_status_number",
                table: "finished_tasks",
                columns: new[] { "status", "number" });

            migrationBuilder.CreateIndex(
                name: "IX_schedules_created_at_id",
                table: "schedules",
                columns: new[] { "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_schedules_last_task_id",
                table: "schedules",
                column: "last_task_id",
                filter: "overlap = 'skip'");

            migrationBuilder.CreateIndex(
                name: "IX_schedules_next_at_id",
                table: "schedules",
                columns: new[] { "next_at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_task_logs_received_at",
                table: "task_logs",
                column: "received_at");

            migrationBuilder.CreateIndex(
                name: "IX_tasks_created_at",
                table: "tasks",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "IX_tasks_function_name_number",
                table: "tasks",
                columns: new[] { "function_name", "number" });

            migrationBuilder.CreateIndex(
                name: "IX_tasks_id",
                table: "tasks",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_tasks_event_id_number",
                table: "tasks",
                columns: new[] { "event_id", "number" },
                filter: "event_id is not null");

            migrationBuilder.CreateIndex(
                name: "IX_tasks_reference_number",
                table: "tasks",
                columns: new[] { "reference", "number" },
                filter: "reference is not null");

            migrationBuilder.CreateIndex(
                name: "IX_tasks_schedule_id_number",
                table: "tasks",
                columns: new[] { "schedule_id", "number" },
                filter: "schedule_id is not null");

            migrationBuilder.CreateIndex(
                name: "IX_tasks_start_at",
                table: "tasks",
                column: "start_at");

            migrationBuilder.CreateIndex(
                name: "IX_waiting_tasks_not_run_since",
                table: "waiting_tasks",
                column: "not_run_since",
                filter: "not_run_since is not null");

            migrationBuilder.CreateIndex(
                name: "IX_waiting_tasks_pool_due_at",
                table: "waiting_tasks",
                columns: new[] { "pool", "due_at" },
                filter: "is_ready = 0");

            migrationBuilder.CreateIndex(
                name: "IX_waiting_tasks_pool_priority_start_at_number",
                table: "waiting_tasks",
                columns: new[] { "pool", "priority", "start_at", "number" },
                descending: new[] { false, true, false, false },
                filter: "is_ready = 1");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "bulk_operations");

            migrationBuilder.DropTable(
                name: "raised_events");

            migrationBuilder.DropTable(
                name: "task_history");

            migrationBuilder.DropTable(
                name: "triggers");

            migrationBuilder.DropTable(
                name: "api_keys");

            migrationBuilder.DropTable(
                name: "api_request_logs");

            migrationBuilder.DropTable(
                name: "api_requests");

            migrationBuilder.DropTable(
                name: "event_outbox");

            migrationBuilder.DropTable(
                name: "finished_tasks");

            migrationBuilder.DropTable(
                name: "function_pools");

            migrationBuilder.DropTable(
                name: "functions");

            migrationBuilder.DropTable(
                name: "functions_revision");

            migrationBuilder.DropTable(
                name: "leader");

            migrationBuilder.DropTable(
                name: "running_tasks");

            migrationBuilder.DropTable(
                name: "schedules");

            migrationBuilder.DropTable(
                name: "task_logs");

            migrationBuilder.DropTable(
                name: "tasks");

            migrationBuilder.DropTable(
                name: "waiting_tasks");

            migrationBuilder.DropTable(
                name: "worker_counts");

            migrationBuilder.DropTable(
                name: "workers");
        }
    }
}
