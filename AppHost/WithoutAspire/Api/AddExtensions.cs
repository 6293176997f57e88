using Aspire.Hosting.ApplicationModel;
using FineTuneAspire.AppHost.WithoutAspire.Running;
using FineTuneAspire.AppHost.WithoutAspire.Servers;

namespace Aspire.Hosting;

/// <summary>Written by the build for every project that the AppHost refers to: `Projects.NAME`.</summary>
public interface IProjectMetadata
{
    string ProjectPath { get; }
}

public static class ProjectResourceBuilderExtensions
{
    /// <summary>With the first launch profile that runs the project: its URLs become endpoints, its variables are set.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name) where TProject : IProjectMetadata, new() =>
        Add(builder, name, new TProject().ProjectPath, LaunchProfile.ReadFirst(new TProject().ProjectPath));

    /// <param name="launchProfileName">Null: no launch profile, and so no endpoints.</param>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new() =>
        Add(builder, name, new TProject().ProjectPath, launchProfileName is null ? null : LaunchProfile.Read(new TProject().ProjectPath, launchProfileName));

    private static IResourceBuilder<ProjectResource> Add(IDistributedApplicationBuilder builder, string name, string projectPath, LaunchProfile? profile)
    {
        var project = builder.AddResource(new ProjectResource(name)).WithAnnotation(new ProjectAnnotation(projectPath, profile));
        foreach (var url in profile?.Urls ?? [])
            project.WithAnnotation(new EndpointAnnotation(url.Scheme, url.Scheme, url.Port));
        return project;
    }
}

public static class RedisBuilderExtensions
{
    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name) => builder.AddResource(new RedisResource(name));

    /// <summary>The data always stay in the data folder here.</summary>
    public static IResourceBuilder<RedisResource> WithDataVolume(this IResourceBuilder<RedisResource> builder) => builder;

    /// <summary>The server here always keeps an append-only file.</summary>
    public static IResourceBuilder<RedisResource> WithPersistence(this IResourceBuilder<RedisResource> builder) => builder;
}

public static class RabbitMQBuilderExtensions
{
    public static IResourceBuilder<RabbitMQServerResource> AddRabbitMQ(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new RabbitMQServerResource(name));

    /// <inheritdoc cref="RedisBuilderExtensions.WithDataVolume"/>
    public static IResourceBuilder<RabbitMQServerResource> WithDataVolume(this IResourceBuilder<RabbitMQServerResource> builder) => builder;
}

public static class PostgresBuilderExtensions
{
    public static IResourceBuilder<PostgresServerResource> AddPostgres(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new PostgresServerResource(name));

    /// <inheritdoc cref="RedisBuilderExtensions.WithDataVolume"/>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(this IResourceBuilder<PostgresServerResource> builder) => builder;

    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null) =>
        builder.ApplicationBuilder.AddResource(new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource));
}

public static class ParameterResourceBuilderExtensions
{
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, Func<string> valueGetter, bool publishValueAsDefault = false, bool secret = false) =>
        builder.AddResource(new ParameterResource(name, valueGetter, secret));

    /// <param name="persist">Keep a generated value between runs: here in a file of its own under `secrets/` in the data folder, mode 0600.</param>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false)
    {
        var dataFolder = ((DistributedApplicationBuilder)builder).DataFolder;
        var generated = new Lazy<string>(value.GetDefaultValue);
        return builder.AddResource(new ParameterResource(name, () => builder.Configuration[$"Parameters:{name}"] ?? (persist ? Kept() : generated.Value), secret));

        string Kept()
        {
            PrivateFolder.OpenRoot(dataFolder);
            return PrivateFolder.ReadOrCreateSecret(Path.Combine(PrivateFolder.Open(Path.Combine(dataFolder, "secrets")), name), value.GetDefaultValue);
        }
    }
}
