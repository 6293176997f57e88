using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FineTuneAspire.Datasets.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddLeakage : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "leakage_allowed_because",
                table: "dataset_versions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "leaks",
                table: "dataset_versions",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "near_duplicates",
                table: "dataset_versions",
                type: "integer",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "leakage_allowed_because",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "leaks",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "near_duplicates",
                table: "dataset_versions");
        }
    }
}
