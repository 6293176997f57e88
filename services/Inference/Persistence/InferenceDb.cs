using FineTuneAspire.Inference.Evaluations;
using FineTuneAspire.Inference.Models;
using FineTuneAspire.Messaging;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Inference.Persistence;

/// <summary>Database `inference-db`.</summary>
public sealed class InferenceDb(DbContextOptions<InferenceDb> options) : DbContext(options)
{
    public DbSet<TunedModel> Models => Set<TunedModel>();
    public DbSet<Evaluation> Evaluations => Set<Evaluation>();
    public DbSet<EvaluatedModel> EvaluatedModels => Set<EvaluatedModel>();
    public DbSet<EvaluationAnswer> EvaluationAnswers => Set<EvaluationAnswer>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.AddMessagingTables();
        model.Entity<TunedModel>(row =>
        {
            row.ToTable("models");
            row.HasKey(tuned => tuned.Id).HasName("pk_models");
            row.Property(tuned => tuned.Id).HasColumnName("id");
            row.Property(tuned => tuned.Project).HasColumnName("project");
            row.Property(tuned => tuned.Provider).HasColumnName("provider");
            row.Property(tuned => tuned.UpstreamModel).HasColumnName("upstream_model");
            row.Property(tuned => tuned.BaseModel).HasColumnName("base_model");
            row.Property(tuned => tuned.JobId).HasColumnName("job_id");
            row.Property(tuned => tuned.Step).HasColumnName("step");
            row.Property(tuned => tuned.CreatedAt).HasColumnName("created_at");
            row.Property(tuned => tuned.DeletedAt).HasColumnName("deleted_at");
            row.HasIndex(tuned => new { tuned.Project, tuned.CreatedAt }).HasDatabaseName("ix_models_project");
        });
        model.Entity<Evaluation>(row =>
        {
            row.ToTable("evaluations");
            row.HasKey(evaluation => evaluation.Id).HasName("pk_evaluations");
            row.Property(evaluation => evaluation.Id).HasColumnName("id").UseCollation("C");
            row.Property(evaluation => evaluation.Project).HasColumnName("project");
            row.Property(evaluation => evaluation.Name).HasColumnName("name");
            row.Property(evaluation => evaluation.File).HasColumnName("file");
            row.Property(evaluation => evaluation.Dataset).HasColumnName("dataset");
            row.Property(evaluation => evaluation.Status).HasColumnName("status");
            row.Property(evaluation => evaluation.Examples).HasColumnName("examples");
            row.Property(evaluation => evaluation.ErrorCode).HasColumnName("error_code");
            row.Property(evaluation => evaluation.ErrorMessage).HasColumnName("error_message");
            row.Property(evaluation => evaluation.CreatedAt).HasColumnName("created_at");
            row.Property(evaluation => evaluation.FinishedAt).HasColumnName("finished_at");
            row.Property(evaluation => evaluation.TraceParent).HasColumnName("trace_parent");
            row.Property(evaluation => evaluation.LeaseOwner).HasColumnName("lease_owner");
            row.Property(evaluation => evaluation.LeaseUntil).HasColumnName("lease_until");
            row.HasMany(evaluation => evaluation.Models).WithOne().HasForeignKey(model => model.EvaluationId).HasConstraintName("fk_evaluation_models_evaluations");
            row.HasIndex(evaluation => new { evaluation.Project, evaluation.Id }).HasDatabaseName("ix_evaluations_project");
            row.HasIndex(evaluation => evaluation.CreatedAt).HasDatabaseName("ix_evaluations_to_do").HasFilter("status IN ('queued', 'running')");
        });
        model.Entity<EvaluatedModel>(row =>
        {
            row.ToTable("evaluation_models");
            row.HasKey(evaluated => new { evaluated.EvaluationId, evaluated.Position }).HasName("pk_evaluation_models");
            row.Property(evaluated => evaluated.EvaluationId).HasColumnName("evaluation_id").UseCollation("C");
            row.Property(evaluated => evaluated.Position).HasColumnName("position");
            row.Property(evaluated => evaluated.Model).HasColumnName("model");
            row.Property(evaluated => evaluated.Provider).HasColumnName("provider");
            row.Property(evaluated => evaluated.UpstreamModel).HasColumnName("upstream_model");
        });
        model.Entity<EvaluationAnswer>(row =>
        {
            row.ToTable("evaluation_answers");
            row.HasKey(answer => new { answer.EvaluationId, answer.Position, answer.Example }).HasName("pk_evaluation_answers");
            row.Property(answer => answer.EvaluationId).HasColumnName("evaluation_id").UseCollation("C");
            row.Property(answer => answer.Position).HasColumnName("position");
            row.Property(answer => answer.Example).HasColumnName("example");
            row.Property(answer => answer.Outcome).HasColumnName("outcome").HasConversion<string>();
            row.Property(answer => answer.Tag).HasColumnName("tag");
            row.HasOne<EvaluatedModel>().WithMany().HasForeignKey(answer => new { answer.EvaluationId, answer.Position }).HasConstraintName("fk_evaluation_answers_models");
        });
    }
}
