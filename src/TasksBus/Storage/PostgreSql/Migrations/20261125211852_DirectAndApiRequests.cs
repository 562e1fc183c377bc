using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace TasksBus.Storage.PostgreSql.Migrations
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
                type: "text",
                nullable: true);

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
