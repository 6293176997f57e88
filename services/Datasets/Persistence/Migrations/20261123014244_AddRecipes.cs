using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FineTuneAspire.Datasets.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddRecipes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "recipe_id",
                table: "dataset_versions",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "recipe_results",
                table: "dataset_versions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "recipe_steps",
                table: "dataset_versions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "recipe_version",
                table: "dataset_versions",
                type: "integer",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "recipes",
                columns: table => new
                {
                    id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false, collation: "C"),
                    project = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    name = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_recipes", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "recipe_versions",
                columns: table => new
                {
                    recipe_id = table.Column<string>(type: "character varying(64)", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    steps = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_recipe_versions", x => new { x.recipe_id, x.number });
                    table.ForeignKey(
                        name: "FK_recipe_versions_recipes_recipe_id",
                        column: x => x.recipe_id,
                        principalTable: "recipes",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_recipes_project_id",
                table: "recipes",
                columns: new[] { "project", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "recipe_versions");

            migrationBuilder.DropTable(
                name: "recipes");

            migrationBuilder.DropColumn(
                name: "recipe_id",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "recipe_results",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "recipe_steps",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "recipe_version",
                table: "dataset_versions");
        }
    }
}
