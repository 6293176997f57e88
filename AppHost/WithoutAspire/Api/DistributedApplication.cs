using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using FineTuneAspire.AppHost.WithoutAspire.Running;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

public sealed class DistributedApplicationOptions
{
    public string[]? Args { get; set; }

    /// <summary>Aspire would otherwise put TLS before Redis where a developer certificate is trusted. Here nothing ever does.</summary>
    public bool? DeveloperCertificateDefaultHttpsTerminationEnabled { get; set; }
}

public sealed class DistributedApplicationException(string message) : Exception(message);

/// <summary>The described system; running it is the runner's part.</summary>
public sealed class DistributedApplication
{
    private readonly RunnerOptions _options;
    private readonly IReadOnlyList<IResource> _resources;

    internal DistributedApplication(RunnerOptions options, IReadOnlyList<IResource> resources) => (_options, _resources) = (options, resources);

    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) =>
        new DistributedApplicationBuilder(options, Assembly.GetEntryAssembly() ?? throw new InvalidOperationException("There is no program to host for."));

    /// <summary>Starts everything, and returns when the process was asked to end and all of it has stopped.</summary>
    public Task RunAsync(CancellationToken cancellationToken = default) => _options.ManifestPath is { } path
        ? File.WriteAllTextAsync(path, Manifest.Write(_resources), cancellationToken)
        : Runner.RunAsync(_options, _resources, cancellationToken);
}

public interface IDistributedApplicationBuilder
{
    ConfigurationManager Configuration { get; }
    string AppHostDirectory { get; }
    IList<IResource> Resources { get; }
    IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;
    DistributedApplication Build();
}

public interface IResourceBuilder<out T> where T : IResource
{
    IDistributedApplicationBuilder ApplicationBuilder { get; }
    T Resource { get; }
    IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation) where TAnnotation : IResourceAnnotation;
}

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly string _configurationName;

    public DistributedApplicationBuilder(DistributedApplicationOptions options, Assembly appHost)
    {
        var metadata = appHost.GetCustomAttributes<AssemblyMetadataAttribute>().ToDictionary(item => item.Key, item => item.Value, StringComparer.OrdinalIgnoreCase);
        AppHostDirectory = metadata.GetValueOrDefault("apphostprojectpath") ?? AppContext.BaseDirectory;
        _configurationName = appHost.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration ?? "Debug";
        Configuration.AddEnvironmentVariables();
        if (options.Args is { Length: > 0 } arguments)
            Configuration.AddCommandLine(arguments);
    }

    public ConfigurationManager Configuration { get; } = new();
    public string AppHostDirectory { get; }
    public IList<IResource> Resources { get; } = [];

    public string DataFolder => Path.GetFullPath(Configuration["FTA_DATA"] is { Length: > 0 } given ? given : Path.Combine(AppHostDirectory, "..", ".data"));

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (Resources.FirstOrDefault(known => string.Equals(known.Name, resource.Name, StringComparison.OrdinalIgnoreCase)) is { } same)
        {
            throw new DistributedApplicationException(
                $"Cannot add resource of type '{resource.GetType().Name}' with name '{resource.Name}': resource of type '{same.GetType().Name}' with name '{same.Name}' is there already. Names differ in more than case.");
        }

        Resources.Add(resource);
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build() => new(
        new RunnerOptions(DataFolder, _configurationName, Configuration["publisher"] == "manifest" ? Configuration["output-path"] ?? "manifest.json" : null),
        [.. Resources]);

    private sealed record ResourceBuilder<T>(IDistributedApplicationBuilder ApplicationBuilder, T Resource) : IResourceBuilder<T> where T : IResource
    {
        public IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation) where TAnnotation : IResourceAnnotation
        {
            Resource.Annotations.Add(annotation);
            return this;
        }
    }
}
