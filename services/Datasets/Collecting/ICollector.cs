using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.ServiceDefaults.Errors;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>One kind of source. A new kind is a new class, registered in <see cref="CollectingRegistration"/>.</summary>
internal interface ICollector
{
    /// <summary>As `source.type` names it.</summary>
    string Type { get; }

    /// <summary>The fields of the source that it reads.</summary>
    IReadOnlyList<string> Fields { get; }

    /// <summary>Of what comes of it, where the request names none.</summary>
    string DefaultPurpose => Files.FilePurpose.FineTune;

    /// <summary>Asked before an import is made, without any request to the source.</summary>
    /// <returns>Null when the project may import from it.</returns>
    ApiError? Refuse(ImportSource source, string project);

    /// <summary>Fetches the source into files of the run. What another process began is begun anew.</summary>
    /// <exception cref="ImportException">The source is not as it must be.</exception>
    Task CollectAsync(CollectRun run, CancellationToken cancellationToken);
}
