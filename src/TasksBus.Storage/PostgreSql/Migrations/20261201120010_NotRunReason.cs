using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace TasksBus.Storage.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class NotRunReason : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "not_run_message",
                table: "waiting_tasks",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "not_run_name",
                table: "waiting_tasks",
                type: "text",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_waiting_tasks_not_run_since",
                table: "waiting_tasks",
                column: "not_run_since",
                filter: "not_run_since is not null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_waiting_tasks_not_run_since",
                table: "waiting_tasks");

            migrationBuilder.DropColumn(
                name: "not_run_message",
                table: "waiting_tasks");

            migrationBuilder.DropColumn(
                name: "not_run_name",
                table: "waiting_tasks");
        }
    }
}
