using FineTuneAspire.Datasets.Annotation;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Collecting;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Lineage;
using FineTuneAspire.Datasets.Recipes;
using FineTuneAspire.Datasets.Reports;
using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.Datasets.Uploads;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Messaging;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Persistence;

/// <summary>The service's database: rows about files and datasets; of their lines, no more than the excerpts of a report.</summary>
public sealed class DatasetsDbContext(DbContextOptions<DatasetsDbContext> options) : DbContext(options)
{
    public DbSet<StoredFile> Files => Set<StoredFile>();
    public DbSet<Upload> Uploads => Set<Upload>();
    public DbSet<UploadPart> UploadParts => Set<UploadPart>();
    public DbSet<Import> Imports => Set<Import>();
    public DbSet<Dataset> Datasets => Set<Dataset>();
    public DbSet<DatasetVersion> Versions => Set<DatasetVersion>();
    public DbSet<StoredRecipe> Recipes => Set<StoredRecipe>();
    public DbSet<StoredRecipeVersion> RecipeVersions => Set<StoredRecipeVersion>();
    public DbSet<ReportedProblem> Problems => Set<ReportedProblem>();
    public DbSet<TokenReport> TokenReports => Set<TokenReport>();
    public DbSet<FileUse> FileUses => Set<FileUse>();
    public DbSet<QualityReport> QualityReports => Set<QualityReport>();
    public DbSet<AnnotationQueue> AnnotationQueues => Set<AnnotationQueue>();
    public DbSet<AnnotationItem> AnnotationItems => Set<AnnotationItem>();
    public DbSet<AnnotationDecision> AnnotationDecisions => Set<AnnotationDecision>();
    public DbSet<TrainingFileCheck> TrainingFileChecks => Set<TrainingFileCheck>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<StoredFile>(file =>
        {
            file.ToTable("files");
            // Ids are compared as bytes: a cursor must not depend on the server's language.
            file.Property(row => row.Id).HasMaxLength(64).UseCollation("C");
            file.Property(row => row.Project).HasMaxLength(128);
            file.Property(row => row.Sha256).HasMaxLength(64).IsFixedLength();
            file.Property(row => row.Filename).HasMaxLength(FileName.MaxBytes);
            file.Property(row => row.Purpose).HasMaxLength(32);
            file.HasIndex(row => new { row.Project, row.Id });
            file.HasIndex(row => row.Sha256);
            file.HasIndex(row => row.ExpiresAt).HasFilter("expires_at IS NOT NULL");
        });

        modelBuilder.Entity<Upload>(upload =>
        {
            upload.ToTable("uploads");
            upload.Property(row => row.Id).HasMaxLength(64).UseCollation("C");
            upload.Property(row => row.Project).HasMaxLength(128);
            upload.Property(row => row.Filename).HasMaxLength(FileName.MaxBytes);
            upload.Property(row => row.Purpose).HasMaxLength(32);
            upload.Property(row => row.Status).HasMaxLength(16);
        });

        modelBuilder.Entity<UploadPart>(part =>
        {
            part.ToTable("upload_parts");
            part.Property(row => row.Id).HasMaxLength(64).UseCollation("C");
            part.Property(row => row.Sha256).HasMaxLength(64).IsFixedLength();
            part.HasOne<Upload>().WithMany().HasForeignKey(row => row.UploadId);
            part.HasIndex(row => row.Sha256);
        });

        modelBuilder.Entity<Import>(import =>
        {
            import.ToTable("imports");
            import.Property(row => row.Id).HasMaxLength(64).UseCollation("C");
            import.Property(row => row.Project).HasMaxLength(128);
            import.Property(row => row.Status).HasMaxLength(16);
            import.Property(row => row.Purpose).HasMaxLength(32);
            import.Property(row => row.Filename).HasMaxLength(FileName.MaxBytes);
            import.Property(row => row.ErrorCode).HasMaxLength(64);
            import.Ignore(row => row.Source);
            import.Ignore(row => row.HasEnded);
            import.HasIndex(row => new { row.Project, row.Id });
            import.HasIndex(row => row.WatchKey).IsUnique();
            import.HasIndex(row => row.CreatedAt).HasDatabaseName("ix_imports_to_run").HasFilter("status IN ('queued', 'running')");
        });

        modelBuilder.Entity<Dataset>(dataset =>
        {
            dataset.ToTable("datasets");
            dataset.Property(row => row.Id).HasMaxLength(64).UseCollation("C");
            dataset.Property(row => row.Project).HasMaxLength(128);
            dataset.Property(row => row.Name).HasMaxLength(128);
            dataset.HasIndex(row => new { row.Project, row.Id });
            dataset.HasMany(row => row.Versions).WithOne().HasForeignKey(version => version.DatasetId);
        });

        modelBuilder.Entity<DatasetVersion>(version =>
        {
            version.ToTable("dataset_versions");
            version.HasKey(row => new { row.DatasetId, row.Number });
            version.Property(row => row.Project).HasMaxLength(128);
            version.Property(row => row.Status).HasMaxLength(16);
            version.Property(row => row.Method).HasMaxLength(16).HasDefaultValue(TrainingMethods.Default);
            version.Property(row => row.BaseModel).HasMaxLength(128);
            version.Property(row => row.Fit).HasColumnType("jsonb");
            version.Property(row => row.RecipeId).HasMaxLength(64);
            version.Property(row => row.Author).HasMaxLength(128);
            version.Property(row => row.Note).HasMaxLength(1000);
            version.Property(row => row.Manifest).HasMaxLength(64).IsFixedLength();
            version.HasIndex(row => row.Manifest);
            version.HasIndex(row => row.CreatedAt).HasDatabaseName("ix_dataset_versions_validating").HasFilter("status = 'validating'");
        });

        modelBuilder.Entity<VersionProgress>(progress =>
        {
            progress.ToTable("dataset_version_progress");
            progress.HasKey(row => new { row.DatasetId, row.Number });
            progress.Property(row => row.Stage).HasMaxLength(32);
            progress.HasOne<DatasetVersion>().WithOne(version => version.Progress).HasForeignKey<VersionProgress>(row => new { row.DatasetId, row.Number });
        });

        modelBuilder.Entity<FileUse>(use =>
        {
            use.ToTable("file_uses");
            use.HasKey(row => new { row.JobId, row.Param });
            use.Property(row => row.JobId).HasMaxLength(64);
            use.Property(row => row.Param).HasMaxLength(32);
            use.Property(row => row.FileId).HasMaxLength(64).UseCollation("C");
            use.Property(row => row.Project).HasMaxLength(128);
            use.Property(row => row.Status).HasMaxLength(16);
            use.HasIndex(row => row.FileId);
        });

        modelBuilder.Entity<AnnotationQueue>(queue =>
        {
            queue.ToTable("annotation_queues");
            queue.Property(row => row.Id).HasMaxLength(64).UseCollation("C");
            queue.Property(row => row.Project).HasMaxLength(128);
            queue.Property(row => row.Name).HasMaxLength(128);
            queue.Property(row => row.Part).HasMaxLength(16);
            queue.Property(row => row.PrelabelModel).HasMaxLength(128);
            queue.Property(row => row.Author).HasMaxLength(128);
            queue.HasIndex(row => new { row.Project, row.Id });
            queue.HasOne<DatasetVersion>().WithMany().HasForeignKey(row => new { row.DatasetId, row.Version });
        });

        modelBuilder.Entity<AnnotationItem>(item =>
        {
            item.ToTable("annotation_items");
            item.HasKey(row => new { row.QueueId, row.Number });
            item.Property(row => row.RowId).HasMaxLength(64).IsFixedLength();
            item.Property(row => row.Status).HasMaxLength(16);
            item.HasIndex(row => row.PrelabelDueAt).HasFilter("prelabel_due_at IS NOT NULL");
            item.HasOne<AnnotationQueue>().WithMany().HasForeignKey(row => row.QueueId);
        });

        modelBuilder.Entity<AnnotationDecision>(decision =>
        {
            decision.ToTable("annotation_decisions");
            decision.Property(row => row.Annotator).HasMaxLength(128);
            decision.Property(row => row.Author).HasMaxLength(128);
            decision.Property(row => row.Verdict).HasMaxLength(16);
            decision.Property(row => row.Label).HasMaxLength(128);
            decision.HasIndex(row => new { row.QueueId, row.Number });
            decision.HasOne<AnnotationItem>().WithMany().HasForeignKey(row => new { row.QueueId, row.Number });
        });

        modelBuilder.Entity<StoredRecipe>(recipe =>
        {
            recipe.ToTable("recipes");
            recipe.Property(row => row.Id).HasMaxLength(64).UseCollation("C");
            recipe.Property(row => row.Project).HasMaxLength(128);
            recipe.Property(row => row.Name).HasMaxLength(128);
            recipe.HasIndex(row => new { row.Project, row.Id });
            recipe.HasMany(row => row.Versions).WithOne().HasForeignKey(version => version.RecipeId);
        });

        modelBuilder.Entity<StoredRecipeVersion>(version =>
        {
            version.ToTable("recipe_versions");
            version.HasKey(row => new { row.RecipeId, row.Number });
        });

        modelBuilder.Entity<ReportedProblem>(problem =>
        {
            problem.ToTable("dataset_problems");
            problem.HasKey(row => new { row.DatasetId, row.Number, row.Position });
            problem.HasOne<DatasetVersion>().WithMany().HasForeignKey(row => new { row.DatasetId, row.Number });
        });

        modelBuilder.Entity<TokenReport>(report =>
        {
            report.ToTable("dataset_token_reports");
            report.HasKey(row => new { row.DatasetId, row.Number });
            report.Property(row => row.Fingerprint).HasMaxLength(64).IsFixedLength();
            report.Property(row => row.Counts).HasColumnType("jsonb");
            report.HasOne<DatasetVersion>().WithOne().HasForeignKey<TokenReport>(row => new { row.DatasetId, row.Number });
        });

        modelBuilder.Entity<QualityReport>(report =>
        {
            report.ToTable("dataset_quality_reports");
            report.HasKey(row => new { row.DatasetId, row.Number });
            report.Property(row => row.Figures).HasColumnType("jsonb");
            report.HasOne<DatasetVersion>().WithOne().HasForeignKey<QualityReport>(row => new { row.DatasetId, row.Number });
        });

        modelBuilder.Entity<TrainingFileCheck>(check =>
        {
            check.ToTable("training_file_checks");
            check.HasKey(row => row.JobId);
            check.Property(row => row.Project).HasMaxLength(128);
            check.Property(row => row.Method).HasDefaultValue(TrainingMethods.Default);
            check.HasIndex(row => row.CreatedAt);
        });

        SnakeCase(modelBuilder);
        modelBuilder.AddMessagingTables();
    }

    private static void SnakeCase(ModelBuilder modelBuilder)
    {
        foreach (var property in modelBuilder.Model.GetEntityTypes().Where(type => type.ClrType.Assembly == typeof(DatasetsDbContext).Assembly).SelectMany(type => type.GetProperties()))
            property.SetColumnName(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
    }
}
