using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FineTuneAspire.Datasets.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddFitAndQuality : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "fit",
                table: "dataset_versions",
                type: "jsonb",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "dataset_quality_reports",
                columns: table => new
                {
                    dataset_id = table.Column<string>(type: "character varying(64)", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    edition = table.Column<int>(type: "integer", nullable: false),
                    figures = table.Column<string>(type: "jsonb", nullable: false),
                    computed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_dataset_quality_reports", x => new { x.dataset_id, x.number });
                    table.ForeignKey(
                        name: "FK_dataset_quality_reports_dataset_versions_dataset_id_number",
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
                name: "dataset_quality_reports");

            migrationBuilder.DropColumn(
                name: "fit",
                table: "dataset_versions");
        }
    }
}
