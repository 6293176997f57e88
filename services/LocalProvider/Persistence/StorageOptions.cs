using System.ComponentModel.DataAnnotations;

namespace FineTuneAspire.LocalProvider.Persistence;

/// <summary>Section `Storage`: where this process keeps everything it must not forget.</summary>
public sealed class StorageOptions
{
    public const string Section = "Storage";

    /// <summary>A folder of this process alone: the SQLite file, uploaded bytes, tuned models, and a `models` folder for bases that the user brings.</summary>
    [Required(ErrorMessage = "Storage:Path is not set. Give the local provider a folder of its own, for example Storage__Path=/var/lib/fta/local-provider.")]
    public string Path { get; set; } = "";
}
