using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.ServiceDefaults;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>A named line of versions.</summary>
public sealed class Dataset
{
    private Dataset() { }

    public string Id { get; private set; } = "";
    public string Project { get; private set; } = "";
    public string Name { get; private set; } = "";
    public DateTimeOffset CreatedAt { get; private set; }
    public List<DatasetVersion> Versions { get; private set; } = [];

    public static Dataset Create(string project, string name, TimeProvider clock) =>
        new() { Id = PrefixedId.New("ds_", clock), Project = project, Name = name, CreatedAt = clock.GetUtcNow() };

    public DatasetObject ToObject() => new()
    {
        Id = Id,
        Name = Name,
        CreatedAt = CreatedAt.ToUnixTimeSeconds(),
        LatestVersion = Versions.MaxBy(version => version.Number)!.ToObject(),
    };
}
