using FineTuneAspire.AppHost.WithoutAspire.Running;
using FineTuneAspire.AppHost.WithoutAspire.Servers;

namespace Aspire.Hosting.ApplicationModel;

// What the With… calls leave on a resource for the runner to act on.

/// <param name="wantedPort">The port of the launch profile's applicationUrl.</param>
internal sealed class EndpointAnnotation(string name, string scheme, int wantedPort) : IResourceAnnotation
{
    public string Name => name;
    public string Scheme => scheme;
    public int WantedPort => wantedPort;

    /// <summary>Anyone outside may know this endpoint: it keeps its wanted port when that is free.</summary>
    public bool IsExternal { get; set; }

    /// <summary>Set by the start plan, before anything starts.</summary>
    public int? Port { get; set; }

    public string Url => Port is { } port ? $"{scheme}://127.0.0.1:{port}" : throw new InvalidOperationException("The endpoint has no port before the start plan was made.");
}

internal sealed record ProjectAnnotation(string ProjectPath, LaunchProfile? LaunchProfile) : IResourceAnnotation;

internal sealed record EnvironmentAnnotation(string Name, IValueProvider Value) : IResourceAnnotation;

/// <summary>Leaves one variable per endpoint of the source, `services__NAME__SCHEME__0`.</summary>
internal sealed record ServiceReferenceAnnotation(IResourceWithServiceDiscovery Source) : IResourceAnnotation;

internal sealed record ArgumentsAnnotation(IReadOnlyList<string> Arguments) : IResourceAnnotation;

/// <param name="ExitCode">Null: until it runs and is healthy. Otherwise: until it has ended with this code.</param>
internal sealed record WaitAnnotation(IResource Resource, int? ExitCode) : IResourceAnnotation;

internal sealed record HealthCheckAnnotation(string Path, int StatusCode, string? EndpointName) : IResourceAnnotation;

/// <summary>The native server behind a container resource, set by the start plan.</summary>
internal sealed record ServerAnnotation(NativeServer Server) : IResourceAnnotation;

internal static class ServerOfResource
{
    public static NativeServer Server(this ContainerResource resource) =>
        resource.Annotations.OfType<ServerAnnotation>().FirstOrDefault()?.Server
        ?? throw new InvalidOperationException($"'{resource.Name}' has no server before the start plan was made.");

    public static PostgresServer PostgresServer(this PostgresServerResource resource) => (PostgresServer)resource.Server();
}
