using Microsoft.Extensions.Options;

namespace FineTuneAspire.LocalProvider.Persistence;

/// <summary>
/// The folder under `Storage:Path`, held by one process at a time: a second one would train the same job again and call the first
/// one's running job dead. The lock is the kernel's, so a killed process leaves none behind.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    public DataFolder(IOptions<StorageOptions> options)
    {
        Root = Path.GetFullPath(options.Value.Path);
        foreach (var folder in new[] { Root, Files, Tuned, BroughtModels })
            Directory.CreateDirectory(folder);
        var lockFile = Path.Combine(Root, "provider.lock");
        try
        {
            _lock = new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException inUse)
        {
            throw new IOException($"Another local provider is using '{Root}' ('{lockFile}' is locked). Stop it, or give this one another Storage:Path.", inUse);
        }
    }

    public string Root { get; }
    public string Database => Path.Combine(Root, "provider.db");

    /// <summary>Uploaded bytes, one file per id.</summary>
    public string Files => Path.Combine(Root, "files");

    /// <summary>Models made by jobs: `tuned/{job id}/step-{n}`.</summary>
    public string Tuned => Path.Combine(Root, "tuned");

    /// <summary>Base models that the user brings: `models/{model id}` with config.json, tokenizer and safetensors.</summary>
    public string BroughtModels => Path.Combine(Root, "models");

    public void Dispose() => _lock.Dispose();
}
