using Aspire.Hosting.ApplicationModel;

namespace FineTuneAspire.AppHost.WithoutAspire.Running;

/// <param name="DataFolder">Where everything of this system is kept.</param>
/// <param name="Configuration">Debug or Release: the build of the projects that is run.</param>
/// <param name="ManifestPath">Write the description there instead of running it.</param>
internal sealed record RunnerOptions(string DataFolder, string Configuration, string? ManifestPath = null);

/// <summary>What the resources of one running system share.</summary>
/// <param name="OtlpEndpoint">Where the projects send telemetry.</param>
/// <param name="Changed">Called after every change of a resource's status.</param>
/// <param name="Stopping">Cancelled when the whole system is to end.</param>
internal sealed record RunContext(
    RunnerOptions Options, DataFolder Data, LogConsole Console, TimeProvider Clock, string OtlpEndpoint, Action Changed, CancellationToken Stopping)
{
    private readonly Dictionary<IResource, ResourceRun> _runs = [];

    public IEnumerable<ResourceRun> All => _runs.Values;

    public void Add(ResourceRun run) => _runs.Add(run.Resource, run);

    public ResourceRun Find(IResource resource) => _runs.TryGetValue(resource, out var run)
        ? run
        : throw new InvalidOperationException($"'{resource.Name}' is not something that runs.");
}
