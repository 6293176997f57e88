using System.ComponentModel.DataAnnotations;

namespace FineTuneAspire.Datasets.Files;

/// <summary>Section `Storage`: where uploaded bytes lie and how many are taken.</summary>
public sealed class StorageOptions
{
    public const string Section = "Storage";

    /// <summary>A private folder on a disk of its own choice; created if missing.</summary>
    [Required(ErrorMessage = "Storage:Path is not set: name a folder where uploaded files are kept, for example Storage__Path=/var/lib/finetuneaspire/datasets.")]
    public string Path { get; set; } = "";

    /// <summary>OpenAI's limit of 512 MB for one file.</summary>
    [Range(1, long.MaxValue, ErrorMessage = "Storage:MaxFileBytes must be at least 1.")]
    public long MaxFileBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>OpenAI's limit of 8 GB for a file that comes in parts.</summary>
    [Range(1, long.MaxValue, ErrorMessage = "Storage:MaxUploadBytes must be at least 1.")]
    public long MaxUploadBytes { get; set; } = 8L * 1024 * 1024 * 1024;

    /// <summary>OpenAI's limit of 64 MB for one of its parts.</summary>
    [Range(1, long.MaxValue, ErrorMessage = "Storage:MaxPartBytes must be at least 1.")]
    public long MaxPartBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>
    /// An upload must bring 7,200 bytes in any span of this length (240 bytes a second at the default), or it is given up. Kestrel's own
    /// minimum is an average over the whole request, so an upload that stalls after its first megabytes would hold its file for hours.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ErrorMessage = "Storage:StallTimeout must lie between one second and ten minutes.")]
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often leftovers of dead uploads, expired files and bytes without a row are removed; the first time is at start.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromHours(1);
}
