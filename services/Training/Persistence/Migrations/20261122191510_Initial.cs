using System;
using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FineTuneAspire.Training.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "inbox_messages",
                columns: table => new
                {
                    message_id = table.Column<Guid>(type: "uuid", nullable: false),
                    consumer = table.Column<string>(type: "text", nullable: false),
                    consumed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_inbox_messages", x => new { x.message_id, x.consumer });
                });

            migrationBuilder.CreateTable(
                name: "jobs",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    project = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    model = table.Column<string>(type: "text", nullable: false),
                    base_model = table.Column<string>(type: "text", nullable: false),
                    provider = table.Column<string>(type: "text", nullable: false),
                    upstream_base_model = table.Column<string>(type: "text", nullable: false),
                    training_file_id = table.Column<string>(type: "text", nullable: false),
                    training_file_sha256 = table.Column<string>(type: "text", nullable: true),
                    training_file_bytes = table.Column<long>(type: "bigint", nullable: true),
                    training_file_examples = table.Column<int>(type: "integer", nullable: true),
                    training_file_tokens = table.Column<long>(type: "bigint", nullable: true),
                    training_file_upstream_id = table.Column<string>(type: "text", nullable: true),
                    validation_file_id = table.Column<string>(type: "text", nullable: true),
                    validation_file_sha256 = table.Column<string>(type: "text", nullable: true),
                    validation_file_bytes = table.Column<long>(type: "bigint", nullable: true),
                    validation_file_examples = table.Column<int>(type: "integer", nullable: true),
                    validation_file_tokens = table.Column<long>(type: "bigint", nullable: true),
                    validation_file_upstream_id = table.Column<string>(type: "text", nullable: true),
                    suffix = table.Column<string>(type: "text", nullable: true),
                    seed = table.Column<int>(type: "integer", nullable: false),
                    epoch_count = table.Column<int>(type: "integer", nullable: true),
                    batch_size = table.Column<int>(type: "integer", nullable: true),
                    learning_rate_multiplier = table.Column<double>(type: "double precision", nullable: true),
                    metadata = table.Column<string>(type: "jsonb", nullable: true),
                    trace_parent = table.Column<string>(type: "text", nullable: true),
                    desired = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false),
                    status_reason = table.Column<string>(type: "text", nullable: true),
                    error_code = table.Column<string>(type: "text", nullable: true),
                    error_message = table.Column<string>(type: "text", nullable: true),
                    error_param = table.Column<string>(type: "text", nullable: true),
                    upstream_id = table.Column<string>(type: "text", nullable: true),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    create_started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    empty_looks = table.Column<int>(type: "integer", nullable: false),
                    sweep_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    next_sweep_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    upstream_ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    upstream_missing_since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    failures = table.Column<int>(type: "integer", nullable: false),
                    fine_tuned_model = table.Column<string>(type: "text", nullable: true),
                    upstream_model = table.Column<string>(type: "text", nullable: true),
                    trained_tokens = table.Column<long>(type: "bigint", nullable: true),
                    estimated_finish = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    finished_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    upstream_hyperparameters = table.Column<string>(type: "text", nullable: true),
                    result_files = table.Column<List<string>>(type: "text[]", nullable: false),
                    last_event_seq = table.Column<long>(type: "bigint", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    next_tick_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    lease_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    lease_epoch = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_jobs", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "outbox_messages",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false),
                    body = table.Column<string>(type: "text", nullable: false),
                    needs_receiver = table.Column<bool>(type: "boolean", nullable: false),
                    conversation_id = table.Column<Guid>(type: "uuid", nullable: true),
                    initiator_id = table.Column<Guid>(type: "uuid", nullable: true),
                    trace_parent = table.Column<string>(type: "text", nullable: true),
                    trace_state = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    delay = table.Column<TimeSpan>(type: "interval", nullable: false),
                    sent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    last_error = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outbox_messages", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "job_checkpoints",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    job_id = table.Column<string>(type: "text", nullable: false),
                    upstream_id = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    model = table.Column<string>(type: "text", nullable: false),
                    upstream_model = table.Column<string>(type: "text", nullable: false),
                    step = table.Column<int>(type: "integer", nullable: false),
                    metrics = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_job_checkpoints", x => x.id);
                    table.ForeignKey(
                        name: "fk_job_checkpoints_job",
                        column: x => x.job_id,
                        principalTable: "jobs",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "job_events",
                columns: table => new
                {
                    job_id = table.Column<string>(type: "text", nullable: false),
                    seq = table.Column<long>(type: "bigint", nullable: false),
                    id = table.Column<string>(type: "text", nullable: true),
                    upstream_id = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    level = table.Column<string>(type: "text", nullable: false),
                    message = table.Column<string>(type: "text", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false),
                    data = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_job_events", x => new { x.job_id, x.seq });
                    table.ForeignKey(
                        name: "fk_job_events_job",
                        column: x => x.job_id,
                        principalTable: "jobs",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "step_metrics",
                columns: table => new
                {
                    job_id = table.Column<string>(type: "text", nullable: false),
                    step = table.Column<int>(type: "integer", nullable: false),
                    total_steps = table.Column<int>(type: "integer", nullable: true),
                    train_loss = table.Column<double>(type: "double precision", nullable: true),
                    train_mean_token_accuracy = table.Column<double>(type: "double precision", nullable: true),
                    valid_loss = table.Column<double>(type: "double precision", nullable: true),
                    valid_mean_token_accuracy = table.Column<double>(type: "double precision", nullable: true),
                    full_valid_loss = table.Column<double>(type: "double precision", nullable: true),
                    full_valid_mean_token_accuracy = table.Column<double>(type: "double precision", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_step_metrics", x => new { x.job_id, x.step });
                    table.ForeignKey(
                        name: "fk_step_metrics_job",
                        column: x => x.job_id,
                        principalTable: "jobs",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_inbox_messages_consumed_at",
                table: "inbox_messages",
                column: "consumed_at");

            migrationBuilder.CreateIndex(
                name: "ix_job_checkpoints_job_id_upstream_id",
                table: "job_checkpoints",
                columns: new[] { "job_id", "upstream_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_job_checkpoints_model",
                table: "job_checkpoints",
                column: "model");

            migrationBuilder.CreateIndex(
                name: "ix_job_events_id",
                table: "job_events",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_job_events_job_id_upstream_id",
                table: "job_events",
                columns: new[] { "job_id", "upstream_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_jobs_fine_tuned_model",
                table: "jobs",
                column: "fine_tuned_model",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_jobs_next_tick_at",
                table: "jobs",
                column: "next_tick_at",
                filter: "next_tick_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_project_id",
                table: "jobs",
                columns: new[] { "project", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_jobs_provider_upstream_id",
                table: "jobs",
                columns: new[] { "provider", "upstream_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_outbox_messages_sent",
                table: "outbox_messages",
                column: "sent_at",
                filter: "sent_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_messages_unsent",
                table: "outbox_messages",
                column: "created_at",
                filter: "sent_at IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "inbox_messages");

            migrationBuilder.DropTable(
                name: "job_checkpoints");

            migrationBuilder.DropTable(
                name: "job_events");

            migrationBuilder.DropTable(
                name: "outbox_messages");

            migrationBuilder.DropTable(
                name: "step_metrics");

            migrationBuilder.DropTable(
                name: "jobs");
        }
    }
}
