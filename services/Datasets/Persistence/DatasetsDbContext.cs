using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Messaging;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Persistence;

/// <summary>The service's database: rows about files and datasets, never their lines.</summary>
public sealed class DatasetsDbContext(DbContextOptions<DatasetsDbContext> options) : DbContext(options)
{
    public DbSet<StoredFile> Files => Set<StoredFile>();

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

        SnakeCase(modelBuilder);
        modelBuilder.AddMessagingTables();
    }

    private static void SnakeCase(ModelBuilder modelBuilder)
    {
        foreach (var property in modelBuilder.Model.GetEntityTypes().Where(type => type.ClrType.Assembly == typeof(DatasetsDbContext).Assembly).SelectMany(type => type.GetProperties()))
            property.SetColumnName(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
    }
}
