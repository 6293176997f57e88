namespace FineTuneAspire.ServiceDefaults.ApiKeys;

/// <summary>Section `ApiKeys`: who may call this process.</summary>
public sealed class ApiKeysOptions
{
    public const string Section = "ApiKeys";

    /// <summary>A JSON file with the keys of projects: `{"ApiKeys":{"Keys":[{"Name","Project","Sha256","CreatedAt"}]}}`. Changes are read within a second or two.</summary>
    public string? File { get; set; }

    public List<ProjectKey> Keys { get; set; } = [];

    /// <summary>The key with which services call each other; the caller's project travels beside it in <see cref="Internal.InternalCalls.ProjectHeader"/>.</summary>
    public string? Internal { get; set; }

    /// <summary>The one key of a process without projects (the local provider).</summary>
    public string? Single { get; set; }
}

public sealed record ProjectKey
{
    /// <summary>What a person calls the key.</summary>
    public required string Name { get; init; }
    /// <summary>The project whose rows the key may see.</summary>
    public required string Project { get; init; }
    /// <summary>Lower-case hex SHA-256 of the key's text.</summary>
    public required string Sha256 { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
}
