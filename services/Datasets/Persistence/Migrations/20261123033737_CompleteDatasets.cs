using System;
using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace FineTuneAspire.Datasets.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class CompleteDatasets : Migration
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
                name: "annotation_queue",
                table: "dataset_versions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "author",
                table: "dataset_versions",
                type: "character varying(128)",
                maxLength: 128,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "base_model",
                table: "dataset_versions",
                type: "character varying(128)",
                maxLength: 128,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "fit",
                table: "dataset_versions",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "keeps_parts",
                table: "dataset_versions",
                type: "boolean",
                nullable: false,
                defaultValue: false);

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
                name: "leaks_against",
                table: "dataset_versions",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "manifest",
                table: "dataset_versions",
                type: "character(64)",
                fixedLength: true,
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "method",
                table: "dataset_versions",
                type: "character varying(16)",
                maxLength: 16,
                nullable: false,
                defaultValue: "supervised");

            migrationBuilder.AddColumn<int>(
                name: "near_duplicates",
                table: "dataset_versions",
                type: "integer",
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

            migrationBuilder.AddColumn<string>(
                name: "stratify_by",
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

            migrationBuilder.CreateTable(
                name: "imports",
                columns: table => new
                {
                    id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false, collation: "C"),
                    project = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    status = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    source_json = table.Column<string>(type: "text", nullable: false),
                    purpose = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    filename = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    watch_key = table.Column<string>(type: "text", nullable: true),
                    bytes = table.Column<long>(type: "bigint", nullable: false),
                    pages = table.Column<int>(type: "integer", nullable: false),
                    skipped_json = table.Column<string>(type: "text", nullable: true),
                    files = table.Column<List<string>>(type: "text[]", nullable: false),
                    error_code = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    error_message = table.Column<string>(type: "text", nullable: true),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    next_attempt_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    trace_parent = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_imports", x => x.id);
                });

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
                name: "uploads",
                columns: table => new
                {
                    id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false, collation: "C"),
                    project = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    filename = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    purpose = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    bytes = table.Column<long>(type: "bigint", nullable: false),
                    status = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    file_expires_after = table.Column<int>(type: "integer", nullable: true),
                    file_id = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_uploads", x => x.id);
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

            migrationBuilder.CreateTable(
                name: "upload_parts",
                columns: table => new
                {
                    id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false, collation: "C"),
                    upload_id = table.Column<string>(type: "character varying(64)", nullable: false),
                    sha256 = table.Column<string>(type: "character(64)", fixedLength: true, maxLength: 64, nullable: false),
                    bytes = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_upload_parts", x => x.id);
                    table.ForeignKey(
                        name: "FK_upload_parts_uploads_upload_id",
                        column: x => x.upload_id,
                        principalTable: "uploads",
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
                name: "IX_dataset_versions_manifest",
                table: "dataset_versions",
                column: "manifest");

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

            migrationBuilder.CreateIndex(
                name: "IX_file_uses_file_id",
                table: "file_uses",
                column: "file_id");

            migrationBuilder.CreateIndex(
                name: "IX_imports_project_id",
                table: "imports",
                columns: new[] { "project", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_imports_watch_key",
                table: "imports",
                column: "watch_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_imports_to_run",
                table: "imports",
                column: "created_at",
                filter: "status IN ('queued', 'running')");

            migrationBuilder.CreateIndex(
                name: "IX_recipes_project_id",
                table: "recipes",
                columns: new[] { "project", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_upload_parts_sha256",
                table: "upload_parts",
                column: "sha256");

            migrationBuilder.CreateIndex(
                name: "IX_upload_parts_upload_id",
                table: "upload_parts",
                column: "upload_id");

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
                name: "annotation_decisions");

            migrationBuilder.DropTable(
                name: "dataset_quality_reports");

            migrationBuilder.DropTable(
                name: "dataset_version_progress");

            migrationBuilder.DropTable(
                name: "file_uses");

            migrationBuilder.DropTable(
                name: "imports");

            migrationBuilder.DropTable(
                name: "recipe_versions");

            migrationBuilder.DropTable(
                name: "upload_parts");

            migrationBuilder.DropTable(
                name: "annotation_items");

            migrationBuilder.DropTable(
                name: "recipes");

            migrationBuilder.DropTable(
                name: "uploads");

            migrationBuilder.DropTable(
                name: "annotation_queues");

            migrationBuilder.DropIndex(
                name: "IX_dataset_versions_manifest",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "method",
                table: "training_file_checks");

            migrationBuilder.DropColumn(
                name: "annotation_queue",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "author",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "base_model",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "fit",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "keeps_parts",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "labels",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "leakage_against",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "leakage_allowed_because",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "leaks",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "leaks_against",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "manifest",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "method",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "near_duplicates",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "note",
                table: "dataset_versions");

            migrationBuilder.DropColumn(
                name: "parent",
                table: "dataset_versions");

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

            migrationBuilder.DropColumn(
                name: "stratify_by",
                table: "dataset_versions");
        }
    }
}
