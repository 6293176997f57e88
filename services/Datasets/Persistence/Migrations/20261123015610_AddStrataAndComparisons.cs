using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FineTuneAspire.Datasets.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddStrataAndComparisons : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "labels",
                table: "dataset_versions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "leakage_against",
                table: "dataset_versions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "leaks_against",
                table: "dataset_versions",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "stratify_by",
                table: "dataset_versions",
                type: "text",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "labels",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "leakage_against",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "leaks_against",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "stratify_by",
                table: "dataset_versions");
        }
    }
}
