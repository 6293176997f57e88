using System;
using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace FineTuneAspire.Datasets.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddAnnotation : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "annotation_queue",
                table: "dataset_versions",
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "annotation_queues",
                columns: table => new
                {
                    id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false, collation: "C"),
                    project = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    name = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    dataset_id = table.Column<string>(type: "character varying(64)", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    part = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: true),
                    annotators = table.Column<List<string>>(type: "text[]", nullable: false),
                    annotators_per_row = table.Column<int>(type: "integer", nullable: false),
                    labels = table.Column<List<string>>(type: "text[]", nullable: false),
                    labels_are_answers = table.Column<bool>(type: "boolean", nullable: false),
                    instructions = table.Column<string>(type: "text", nullable: true),
                    prelabel_model = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: true),
                    author = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_annotation_queues", x => x.id);
                    table.ForeignKey(
                        name: "FK_annotation_queues_dataset_versions_dataset_id_version",
                        columns: x => new { x.dataset_id, x.version },
                        principalTable: "dataset_versions",
                        principalColumns: new[] { "dataset_id", "number" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "annotation_items",
                columns: table => new
                {
                    queue_id = table.Column<string>(type: "character varying(64)", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    row_id = table.Column<string>(type: "character(64)", fixedLength: true, maxLength: 64, nullable: false),
                    annotators = table.Column<List<string>>(type: "text[]", nullable: false),
                    status = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    prelabel = table.Column<string>(type: "text", nullable: true),
                    prelabel_error = table.Column<string>(type: "text", nullable: true),
                    prelabel_attempts = table.Column<int>(type: "integer", nullable: false),
                    prelabel_due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_annotation_items", x => new { x.queue_id, x.number });
                    table.ForeignKey(
                        name: "FK_annotation_items_annotation_queues_queue_id",
                        column: x => x.queue_id,
                        principalTable: "annotation_queues",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "annotation_decisions",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    queue_id = table.Column<string>(type: "character varying(64)", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    annotator = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: true),
                    author = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: true),
                    verdict = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    content = table.Column<string>(type: "text", nullable: true),
                    label = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: true),
                    comment = table.Column<string>(type: "text", nullable: true),
                    adjudication = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_annotation_decisions", x => x.id);
                    table.ForeignKey(
                        name: "FK_annotation_decisions_annotation_items_queue_id_number",
                        columns: x => new { x.queue_id, x.number },
                        principalTable: "annotation_items",
                        principalColumns: new[] { "queue_id", "number" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_annotation_decisions_queue_id_number",
                table: "annotation_decisions",
                columns: new[] { "queue_id", "number" });

            migrationBuilder.CreateIndex(
                name: "IX_annotation_items_prelabel_due_at",
                table: "annotation_items",
                column: "prelabel_due_at",
                filter: "prelabel_due_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_annotation_queues_dataset_id_version",
                table: "annotation_queues",
                columns: new[] { "dataset_id", "version" });

            migrationBuilder.CreateIndex(
                name: "IX_annotation_queues_project_id",
                table: "annotation_queues",
                columns: new[] { "project", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "annotation_decisions");

            migrationBuilder.DropTable(
                name: "annotation_items");

            migrationBuilder.DropTable(
                name: "annotation_queues");

            migrationBuilder.DropColumn(
                name: "annotation_queue",
                table: "dataset_versions");
        }
    }
}
