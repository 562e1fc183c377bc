using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace TasksBus.Storage.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class DirectAndApiRequests : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "request_id",
                table: "task_logs",
                type: "TEXT",
                nullable: true);

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

            migrationBuilder.CreateIndex(
                name: "IX_task_logs_received_at",
                table: "task_logs",
                column: "received_at");

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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "api_request_logs");

            migrationBuilder.DropTable(
                name: "api_requests");

            migrationBuilder.DropIndex(
                name: "IX_task_logs_received_at",
                table: "task_logs");

            migrationBuilder.DropColumn(
                name: "request_id",
                table: "task_logs");
        }
    }
}
