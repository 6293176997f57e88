using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FineTuneAspire.Datasets.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddMethod : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "method",
                table: "training_file_checks",
                type: "text",
                nullable: false,
                defaultValue: "supervised");

            migrationBuilder.AddColumn<string>(
                name: "base_model",
                table: "dataset_versions",
                type: "character varying(128)",
                maxLength: 128,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "method",
                table: "dataset_versions",
                type: "character varying(16)",
                maxLength: 16,
                nullable: false,
                defaultValue: "supervised");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "method",
                table: "training_file_checks");

            migrationBuilder.DropColumn(
                name: "base_model",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "method",
                table: "dataset_versions");
        }
    }
}
