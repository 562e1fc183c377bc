using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace TasksBus.Storage.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class QueryIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_schedules_created_at_id",
                table: "schedules");

            migrationBuilder.CreateIndex(
                name: "IX_tasks_created_at",
                table: "tasks",
                column: "created_at");

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
                name: "IX_schedules_created_at_id",
                table: "schedules",
                columns: new[] { "created_at", "id" });

            // What an index shows of data: all of it, or "?" where it is large (an index on all that is in it would cost more than it is worth) or no jsonb (\u0000, numbers beyond all bounds).
            migrationBuilder.Sql(
                """
                create function task_data(data json) returns jsonb language plpgsql immutable strict parallel safe as $$
                begin
                    return case when octet_length(data::text) <= 8192 then data::jsonb else '"?"' end;
                exception when others then
                    return '"?"';
                end
                $$
                """);
            migrationBuilder.Sql(
                """
                create index "IX_tasks_data" on tasks using gin (task_data(data) jsonb_path_ops) with (gin_pending_list_limit = 512) where data is not null
                """);
            // Without it, as in PostgreSQL 13, the planner takes any value to be in one of a hundred tasks.
            migrationBuilder.Sql(
                """
                do $$ begin
                    if current_setting('server_version_num')::int >= 140000 then
                        execute 'create statistics task_data_statistics on (task_data(data)) from tasks';
                    end if;
                end $$
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("drop statistics if exists task_data_statistics");
            migrationBuilder.Sql("drop index \"IX_tasks_data\"");
            migrationBuilder.Sql("drop function task_data(json)");

            migrationBuilder.DropIndex(
                name: "IX_tasks_created_at",
                table: "tasks");

            migrationBuilder.DropIndex(
                name: "IX_tasks_start_at",
                table: "tasks");

            migrationBuilder.DropIndex(
                name: "IX_tasks_tags",
                table: "tasks");

            migrationBuilder.DropIndex(
                name: "IX_schedules_created_at_id",
                table: "schedules");

            migrationBuilder.CreateIndex(
                name: "IX_schedules_created_at_id",
                table: "schedules",
                columns: new[] { "created_at", "id" },
                descending: new[] { true, false });
        }
    }
}
