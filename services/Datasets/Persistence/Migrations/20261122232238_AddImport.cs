using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FineTuneAspire.Datasets.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddImport : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "format",
                table: "dataset_versions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "groups",
                table: "dataset_versions",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "import",
                table: "dataset_versions",
                type: "text",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "format",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "groups",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "import",
                table: "dataset_versions");
        }
    }
}
