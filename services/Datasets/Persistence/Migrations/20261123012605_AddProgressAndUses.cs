using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FineTuneAspire.Datasets.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddProgressAndUses : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "dataset_version_progress",
                columns: table => new
                {
                    dataset_id = table.Column<string>(type: "character varying(64)", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    stage = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    done_bytes = table.Column<long>(type: "bigint", nullable: false),
                    total_bytes = table.Column<long>(type: "bigint", nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    cancel_requested_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_dataset_version_progress", x => new { x.dataset_id, x.number });
                    table.ForeignKey(
                        name: "FK_dataset_version_progress_dataset_versions_dataset_id_number",
                        columns: x => new { x.dataset_id, x.number },
                        principalTable: "dataset_versions",
                        principalColumns: new[] { "dataset_id", "number" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "file_uses",
                columns: table => new
                {
                    job_id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    param = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    file_id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false, collation: "C"),
                    project = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    status = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    model = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_file_uses", x => new { x.job_id, x.param });
                });

            migrationBuilder.CreateIndex(
                name: "IX_file_uses_file_id",
                table: "file_uses",
                column: "file_id");

            // Versions that wait when the service is renewed.
            migrationBuilder.Sql("""
                INSERT INTO dataset_version_progress (dataset_id, number, stage, done_bytes, total_bytes, updated_at)
                SELECT dataset_id, number, 'queued', 0, 0, created_at FROM dataset_versions WHERE status = 'validating'
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "dataset_version_progress");

            migrationBuilder.DropTable(
                name: "file_uses");
        }
    }
}
