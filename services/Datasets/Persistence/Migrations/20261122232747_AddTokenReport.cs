using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FineTuneAspire.Datasets.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddTokenReport : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "dataset_token_reports",
                columns: table => new
                {
                    dataset_id = table.Column<string>(type: "character varying(64)", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    fingerprint = table.Column<string>(type: "character(64)", fixedLength: true, maxLength: 64, nullable: false),
                    counts = table.Column<string>(type: "jsonb", nullable: false),
                    counted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_dataset_token_reports", x => new { x.dataset_id, x.number });
                    table.ForeignKey(
                        name: "FK_dataset_token_reports_dataset_versions_dataset_id_number",
                        columns: x => new { x.dataset_id, x.number },
                        principalTable: "dataset_versions",
                        principalColumns: new[] { "dataset_id", "number" },
                        onDelete: ReferentialAction.Cascade);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "dataset_token_reports");
        }
    }
}
