using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace TasksBus.Storage.PostgreSql.Migrations
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
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    permissions = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: true),
                    last_used_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_api_keys", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "api_request_logs",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false),
                    received_at = table.Column<long>(type: "bigint", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    request_id = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_api_request_logs", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "api_requests",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    function_name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    method = table.Column<string>(type: "text", nullable: false),
                    path = table.Column<string>(type: "text", nullable: false),
                    user_id = table.Column<string>(type: "text", nullable: true),
                    application_id = table.Column<string>(type: "text", nullable: true),
                    status_code = table.Column<int>(type: "integer", nullable: false),
                    requested_at = table.Column<long>(type: "bigint", nullable: false),
                    duration = table.Column<long>(type: "bigint", nullable: false),
                    error_type = table.Column<string>(type: "text", nullable: true),
                    error_name = table.Column<string>(type: "text", nullable: true),
                    error_message = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_api_requests", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "bulk_operations",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    action = table.Column<string>(type: "text", nullable: false),
                    query = table.Column<string>(type: "text", nullable: false),
                    priority = table.Column<long>(type: "bigint", nullable: true),
                    status = table.Column<string>(type: "text", nullable: false),
                    up_to = table.Column<long>(type: "bigint", nullable: false),
                    reached = table.Column<long>(type: "bigint", nullable: false),
                    matching = table.Column<long>(type: "bigint", nullable: true),
                    affected = table.Column<long>(type: "bigint", nullable: false),
                    skipped = table.Column<long>(type: "bigint", nullable: false),
                    refused = table.Column<long>(type: "bigint", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: true),
                    created_by_user_id = table.Column<string>(type: "text", nullable: true),
                    created_by_application_id = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    updated_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_bulk_operations", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "data_protection_keys",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    xml = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_data_protection_keys", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "event_outbox",
                columns: table => new
                {
                    position = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    message_id = table.Column<Guid>(type: "uuid", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false),
                    body = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_event_outbox", x => x.position);
                });

            migrationBuilder.CreateTable(
                name: "finished_tasks",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    changed_at = table.Column<long>(type: "bigint", nullable: false),
                    claim_id = table.Column<Guid>(type: "uuid", nullable: true),
                    worker_id = table.Column<Guid>(type: "uuid", nullable: true),
                    error_type = table.Column<string>(type: "text", nullable: true),
                    error_name = table.Column<string>(type: "text", nullable: true),
                    error_message = table.Column<string>(type: "text", nullable: true),
                    retried_by_task_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_finished_tasks", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "function_pools",
                columns: table => new
                {
                    function_name = table.Column<string>(type: "text", nullable: false),
                    pool = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_function_pools", x => x.function_name);
                });

            migrationBuilder.CreateTable(
                name: "functions",
                columns: table => new
                {
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    description = table.Column<string>(type: "text", nullable: true),
                    entry_point = table.Column<string>(type: "text", nullable: false),
                    runtime = table.Column<string>(type: "text", nullable: false),
                    time_limit = table.Column<int>(type: "integer", nullable: false),
                    memory_limit = table.Column<int>(type: "integer", nullable: false),
                    environment = table.Column<string>(type: "text", nullable: true),
                    permission_mode = table.Column<string>(type: "text", nullable: false),
                    default_priority = table.Column<long>(type: "bigint", nullable: false),
                    is_retried = table.Column<bool>(type: "boolean", nullable: false),
                    errors_to_retry = table.Column<string>(type: "text", nullable: true),
                    is_enabled = table.Column<bool>(type: "boolean", nullable: false),
                    updated_at = table.Column<long>(type: "bigint", nullable: false),
                    step = table.Column<string>(type: "text", nullable: false),
                    step_id = table.Column<Guid>(type: "uuid", nullable: true),
                    step_ends_at = table.Column<long>(type: "bigint", nullable: false),
                    next = table.Column<string>(type: "text", nullable: true),
                    next_code_hash = table.Column<string>(type: "text", nullable: true),
                    account = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_functions", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "functions_revision",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    revision = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_functions_revision", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "installation",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    system = table.Column<string>(type: "text", nullable: false),
                    timeline = table.Column<string>(type: "text", nullable: false),
                    held_because = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_installation", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "leader",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    owner = table.Column<Guid>(type: "uuid", nullable: false),
                    epoch = table.Column<long>(type: "bigint", nullable: false),
                    lease_ends_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_leader", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "running_tasks",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    changed_at = table.Column<long>(type: "bigint", nullable: false),
                    claim_id = table.Column<Guid>(type: "uuid", nullable: false),
                    worker_id = table.Column<Guid>(type: "uuid", nullable: false),
                    deadline_at = table.Column<long>(type: "bigint", nullable: false),
                    not_run_since = table.Column<long>(type: "bigint", nullable: true),
                    not_run_count = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_running_tasks", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "schedules",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    interval = table.Column<long>(type: "bigint", nullable: true),
                    cron = table.Column<string>(type: "text", nullable: true),
                    time_zone = table.Column<string>(type: "text", nullable: true),
                    start_at = table.Column<long>(type: "bigint", nullable: false),
                    next_at = table.Column<long>(type: "bigint", nullable: true),
                    catch_up = table.Column<string>(type: "text", nullable: false),
                    overlap = table.Column<string>(type: "text", nullable: false),
                    is_paused = table.Column<bool>(type: "boolean", nullable: false),
                    pause_reason = table.Column<string>(type: "text", nullable: true),
                    last_task_id = table.Column<Guid>(type: "uuid", nullable: true),
                    function_name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    only_registered = table.Column<bool>(type: "boolean", nullable: false),
                    data = table.Column<string>(type: "json", nullable: true),
                    priority = table.Column<long>(type: "bigint", nullable: true),
                    tags = table.Column<string>(type: "jsonb", nullable: true),
                    created_by_user_id = table.Column<string>(type: "text", nullable: true),
                    created_by_application_id = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    updated_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_schedules", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "task_history",
                columns: table => new
                {
                    minute = table.Column<long>(type: "bigint", nullable: false),
                    function_name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    process_id = table.Column<Guid>(type: "uuid", nullable: false),
                    counts = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_task_history", x => new { x.minute, x.function_name, x.process_id });
                });

            migrationBuilder.CreateTable(
                name: "task_logs",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false),
                    received_at = table.Column<long>(type: "bigint", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    request_id = table.Column<string>(type: "text", nullable: true),
                    result = table.Column<string>(type: "text", nullable: true),
                    is_result_dropped = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_task_logs", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "tasks",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    id = table.Column<Guid>(type: "uuid", nullable: true),
                    function_name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    pool = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    priority = table.Column<long>(type: "bigint", nullable: false),
                    start_at = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    data = table.Column<string>(type: "json", nullable: true),
                    tags = table.Column<string>(type: "jsonb", nullable: true),
                    reference = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    publisher = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    created_by_user_id = table.Column<string>(type: "text", nullable: true),
                    created_by_application_id = table.Column<string>(type: "text", nullable: true),
                    retry_for_task_ids = table.Column<string>(type: "jsonb", nullable: true),
                    schedule_id = table.Column<Guid>(type: "uuid", nullable: true),
                    event_id = table.Column<Guid>(type: "uuid", nullable: true),
                    depth = table.Column<short>(type: "smallint", nullable: false, defaultValue: (short)0),
                    trace_parent = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_tasks", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "waiting_tasks",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: true),
                    pool = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    priority = table.Column<long>(type: "bigint", nullable: false),
                    start_at = table.Column<long>(type: "bigint", nullable: false),
                    due_at = table.Column<long>(type: "bigint", nullable: false),
                    is_ready = table.Column<bool>(type: "boolean", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    changed_at = table.Column<long>(type: "bigint", nullable: false),
                    not_run_since = table.Column<long>(type: "bigint", nullable: true),
                    not_run_count = table.Column<int>(type: "integer", nullable: false),
                    not_run_name = table.Column<string>(type: "text", nullable: true),
                    not_run_message = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_waiting_tasks", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "worker_counts",
                columns: table => new
                {
                    worker_id = table.Column<Guid>(type: "uuid", nullable: false),
                    is_ended = table.Column<bool>(type: "boolean", nullable: false),
                    count = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_worker_counts", x => new { x.worker_id, x.is_ended });
                });

            migrationBuilder.CreateTable(
                name: "workers",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    pool = table.Column<string>(type: "text", nullable: false),
                    slots = table.Column<int>(type: "integer", nullable: false),
                    host = table.Column<string>(type: "text", nullable: false),
                    version = table.Column<string>(type: "text", nullable: false),
                    beat = table.Column<long>(type: "bigint", nullable: false),
                    functions = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_workers", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "raised_events",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    content = table.Column<string>(type: "json", nullable: true),
                    depth = table.Column<int>(type: "integer", nullable: false),
                    task_count = table.Column<int>(type: "integer", nullable: false),
                    raised_by_task_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_by_user_id = table.Column<string>(type: "text", nullable: true),
                    created_by_application_id = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_raised_events", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "triggers",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    event_type = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    description = table.Column<string>(type: "text", nullable: true),
                    tags = table.Column<string>(type: "jsonb", nullable: true),
                    actions = table.Column<string>(type: "json", nullable: false),
                    action_count = table.Column<int>(type: "integer", nullable: false),
                    created_by_user_id = table.Column<string>(type: "text", nullable: true),
                    created_by_application_id = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    updated_at = table.Column<long>(type: "bigint", nullable: false)
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
                name: "IX_tasks_tags",
                table: "tasks",
                column: "tags",
                filter: "tags is not null")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:StorageParameter:gin_pending_list_limit", 512);

            migrationBuilder.CreateIndex(
                name: "IX_waiting_tasks_not_run_since",
                table: "waiting_tasks",
                column: "not_run_since",
                filter: "not_run_since is not null");

            migrationBuilder.CreateIndex(
                name: "IX_waiting_tasks_pool_due_at",
                table: "waiting_tasks",
                columns: new[] { "pool", "due_at" },
                filter: "not is_ready");

            migrationBuilder.CreateIndex(
                name: "IX_waiting_tasks_pool_priority_start_at_number",
                table: "waiting_tasks",
                columns: new[] { "pool", "priority", "start_at", "number" },
                descending: new[] { false, true, false, false },
                filter: "is_ready");

            // Rows come and go by the thousand a second: vacuumed by their number, not by the size of the table, and without a pause.
            foreach (var table in new[] { "waiting_tasks", "running_tasks", "event_outbox", "workers", "worker_counts", "leader" })
            {
                migrationBuilder.Sql(
                    $"alter table {table} set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0, "
                    + "autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000);");
            }

            // Room on the page for the next version of a row that only counts up.
            migrationBuilder.Sql("alter table workers set (fillfactor = 20);");
            migrationBuilder.Sql("alter table worker_counts set (fillfactor = 20);");

            // What an index shows of data: all of it, or "?" where it is large (an index on all that is in it would cost more than it is worth) or no jsonb (\u0000, numbers beyond all bounds).
            // Not parallel safe: to catch an error takes a subtransaction.
            migrationBuilder.Sql(
                """
                create function task_data(data json) returns jsonb language plpgsql immutable strict as $$
                begin
                    return case when octet_length(data::text) <= 8192 then data::jsonb else '"?"' end;
                exception when others then
                    return '"?"';
                end
                $$;
                """);
            migrationBuilder.Sql(
                """
                create index "IX_tasks_data" on tasks using gin (task_data(data) jsonb_path_ops) with (gin_pending_list_limit = 512) where data is not null;
                """);

            // Without it, as in PostgreSQL 13, the planner takes any value to be in one of a hundred tasks.
            migrationBuilder.Sql(
                """
                do $$ begin
                    if current_setting('server_version_num')::int >= 140000 then
                        execute 'create statistics task_data_statistics on (task_data(data)) from tasks';
                    end if;
                end $$;
                """);
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
                name: "data_protection_keys");

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
                name: "installation");

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

            migrationBuilder.Sql("drop function task_data(json);");
        }
    }
}
