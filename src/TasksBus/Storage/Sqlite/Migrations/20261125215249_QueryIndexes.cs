using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace TasksBus.Storage.Sqlite.Migrations
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
                name: "IX_schedules_created_at_id",
                table: "schedules",
                columns: new[] { "created_at", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_tasks_created_at",
                table: "tasks");

            migrationBuilder.DropIndex(
                name: "IX_tasks_start_at",
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
