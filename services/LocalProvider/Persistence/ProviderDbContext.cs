using FineTuneAspire.LocalProvider.Files;
using FineTuneAspire.LocalProvider.FineTuning;
using FineTuneAspire.LocalProvider.Models;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.Persistence;

/// <summary>Times are unix seconds, as on the wire. `Seq` counts rows in the order they were written: ids made in one millisecond have no order.</summary>
public sealed class ProviderDbContext(DbContextOptions<ProviderDbContext> options) : DbContext(options)
{
    public DbSet<StoredFile> Files => Set<StoredFile>();
    public DbSet<FineTuningJob> Jobs => Set<FineTuningJob>();
    public DbSet<JobEvent> Events => Set<JobEvent>();
    public DbSet<Checkpoint> Checkpoints => Set<Checkpoint>();
    public DbSet<TunedModel> TunedModels => Set<TunedModel>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<StoredFile>(file =>
        {
            file.HasKey(row => row.Seq);
            file.Property(row => row.Id).IsRequired();
            file.HasIndex(row => row.Id).IsUnique();
        });
        model.Entity<FineTuningJob>(job =>
        {
            job.HasKey(row => row.Seq);
            job.Property(row => row.Id).IsRequired();
            job.HasIndex(row => row.Id).IsUnique();
            job.HasIndex(row => row.Status);
            // A cancel and the end of a run may meet: whoever saves second sees that the state has moved on.
            job.Property(row => row.Status).HasConversion<string>().IsConcurrencyToken();
            job.OwnsMany(row => row.Metadata, pair =>
            {
                pair.ToTable("JobMetadata");
                pair.WithOwner().HasForeignKey("JobSeq");
                pair.HasKey("JobSeq", nameof(MetadataPair.Key));
                pair.HasIndex(nameof(MetadataPair.Key), nameof(MetadataPair.Value));
            });
        });
        model.Entity<JobEvent>(one =>
        {
            one.HasKey(row => row.Seq);
            one.Property(row => row.Id).IsRequired();
            one.HasIndex(row => row.Id).IsUnique();
            one.HasIndex(row => new { row.JobId, row.Seq });
        });
        model.Entity<Checkpoint>(checkpoint =>
        {
            checkpoint.HasKey(row => row.Seq);
            checkpoint.Property(row => row.Id).IsRequired();
            checkpoint.HasIndex(row => row.Id).IsUnique();
            checkpoint.HasIndex(row => row.JobId);
        });
        model.Entity<TunedModel>(tuned =>
        {
            tuned.HasKey(row => row.Seq);
            tuned.Property(row => row.Id).IsRequired();
            tuned.HasIndex(row => row.Id).IsUnique();
        });
    }
}
