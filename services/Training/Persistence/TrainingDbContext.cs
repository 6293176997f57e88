using FineTuneAspire.Messaging;
using FineTuneAspire.Training.Checkpoints;
using FineTuneAspire.Training.Events;
using FineTuneAspire.Training.Jobs;
using FineTuneAspire.Training.Metrics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FineTuneAspire.Training.Persistence;

public sealed class TrainingDbContext(DbContextOptions<TrainingDbContext> options) : DbContext(options)
{
    public DbSet<Job> Jobs => Set<Job>();
    public DbSet<JobEvent> Events => Set<JobEvent>();
    public DbSet<StepMetrics> Metrics => Set<StepMetrics>();
    public DbSet<JobCheckpoint> Checkpoints => Set<JobCheckpoint>();

    /// <summary>Reads the job and keeps others from changing it until the transaction ends; null when there is none.</summary>
    public Task<Job?> LockJobAsync(string id, CancellationToken cancellationToken) =>
        Jobs.FromSql($"SELECT * FROM jobs WHERE id = {id} FOR UPDATE").SingleOrDefaultAsync(cancellationToken);

    /// <summary>The database's clock: leases and due times of several processes agree on it.</summary>
    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) =>
        Database.SqlQuery<DateTimeOffset>($"SELECT clock_timestamp() AS \"Value\"").SingleAsync(cancellationToken);

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessagingTables();
        modelBuilder.Entity<Job>(ConfigureJob);
        modelBuilder.Entity<JobEvent>(row =>
        {
            row.ToTable("job_events");
            row.HasKey(e => new { e.JobId, e.Seq });
            row.HasOne<Job>().WithMany().HasForeignKey(e => e.JobId).OnDelete(DeleteBehavior.Cascade);
            row.HasIndex(e => e.Id).IsUnique();
            row.HasIndex(e => new { e.JobId, e.UpstreamId }).IsUnique();
        });
        modelBuilder.Entity<StepMetrics>(row =>
        {
            row.ToTable("step_metrics");
            row.HasKey(e => new { e.JobId, e.Step });
            row.HasOne<Job>().WithMany().HasForeignKey(e => e.JobId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<JobCheckpoint>(row =>
        {
            row.ToTable("job_checkpoints");
            row.HasKey(e => e.Id);
            row.HasOne<Job>().WithMany().HasForeignKey(e => e.JobId).OnDelete(DeleteBehavior.Cascade);
            row.HasIndex(e => new { e.JobId, e.UpstreamId }).IsUnique();
            row.HasIndex(e => e.Model);
        });
        UseSnakeCase(modelBuilder);
    }

    private static void ConfigureJob(EntityTypeBuilder<Job> job)
    {
        job.ToTable("jobs");
        job.HasKey(j => j.Id);
        // Ids sort by time, byte by byte; a language's collation would not.
        job.Property(j => j.Id).UseCollation("C");
        job.Property(j => j.Metadata).HasColumnType("jsonb");
        job.Property(j => j.Desired).HasConversion<string>();
        job.Property(j => j.State).HasConversion<string>();
        job.OwnsOne(j => j.TrainingFile);
        job.OwnsOne(j => j.ValidationFile);
        job.Navigation(j => j.TrainingFile).IsRequired();
        job.HasIndex(j => new { j.Project, j.Id });
        job.HasIndex(j => new { j.Provider, j.UpstreamId }).IsUnique();
        job.HasIndex(j => j.FineTunedModel).IsUnique();
        job.HasIndex(j => j.NextTickAt).HasFilter("next_tick_at IS NOT NULL");
    }

    private static void UseSnakeCase(ModelBuilder model)
    {
        foreach (var entity in model.Model.GetEntityTypes().Where(entity => entity.ClrType.Assembly == typeof(TrainingDbContext).Assembly))
        {
            // The owned files share the job's table; their columns carry the name of the file.
            var prefix = entity.IsOwned() ? Snake(entity.FindOwnership()!.PrincipalToDependent!.Name) + "_" : "";
            foreach (var property in entity.GetProperties().Where(property => !(entity.IsOwned() && property.IsPrimaryKey())))
                property.SetColumnName(prefix + Snake(property.Name));
            foreach (var key in entity.GetKeys().Where(_ => !entity.IsOwned()))
                key.SetName("pk_" + entity.GetTableName());
            foreach (var foreign in entity.GetForeignKeys().Where(_ => !entity.IsOwned()))
                foreign.SetConstraintName($"fk_{entity.GetTableName()}_job");
            foreach (var index in entity.GetIndexes())
                index.SetDatabaseName($"ix_{entity.GetTableName()}_{string.Join('_', index.Properties.Select(property => Snake(property.Name)))}");
        }
    }

    private static string Snake(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "_") + char.ToLowerInvariant(c) : c.ToString()));
}
