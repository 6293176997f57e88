using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FineTuneAspire.Datasets.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddLineage : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "author",
                table: "dataset_versions",
                type: "character varying(128)",
                maxLength: 128,
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "keeps_parts",
                table: "dataset_versions",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "manifest",
                table: "dataset_versions",
                type: "character(64)",
                fixedLength: true,
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "note",
                table: "dataset_versions",
                type: "character varying(1000)",
                maxLength: 1000,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "parent",
                table: "dataset_versions",
                type: "integer",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_dataset_versions_manifest",
                table: "dataset_versions",
                column: "manifest");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_dataset_versions_manifest",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "author",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "keeps_parts",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "manifest",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "note",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "parent",
                table: "dataset_versions");
        }
    }
}
