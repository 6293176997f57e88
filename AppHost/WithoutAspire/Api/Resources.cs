using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

// The part of Aspire's application model that AppHost.cs uses, under Aspire's names. Everything here is only described; Running/ starts it.

public interface IResourceAnnotation;

public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;

public interface IResource
{
    string Name { get; }
    ResourceAnnotationCollection Annotations { get; }
}

public interface IResourceWithEnvironment : IResource;

public interface IResourceWithArgs : IResource;

public interface IResourceWithWaitSupport : IResource;

public interface IResourceWithEndpoints : IResource;

public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

public interface IResourceWithConnectionString : IResource, IValueProvider
{
    /// <summary>How clients reach the resource; resolvable once it has been given its port and password.</summary>
    ReferenceExpression ConnectionStringExpression { get; }

    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => ConnectionStringExpression.GetValueAsync(cancellationToken);
}

public interface IResourceWithParent<out T> : IResource where T : IResource
{
    T Parent { get; }
}

/// <summary>A name is 1 to 64 ASCII letters, digits and single hyphens, starts with a letter and does not end in a hyphen.</summary>
public abstract class Resource : IResource
{
    protected Resource(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > 64 || !char.IsAsciiLetter(name[0]) || name[^1] == '-' || name.Contains("--", StringComparison.Ordinal) ||
            !name.All(character => char.IsAsciiLetterOrDigit(character) || character == '-'))
        {
            throw new ArgumentException(
                $"Resource name '{name}' is invalid: it must be 1 to 64 ASCII letters, digits and single hyphens, start with a letter and not end with a hyphen.", nameof(name));
        }

        Name = name;
    }

    public string Name { get; }
    public ResourceAnnotationCollection Annotations { get; } = [];
}

public sealed class ProjectResource(string name) : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport;

/// <summary>A server that is a container under Aspire and a native process here.</summary>
public abstract class ContainerResource(string name) : Resource(name), IResourceWithWaitSupport;

public sealed class RedisResource(string name) : ContainerResource(name), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Deferred(() => this.Server().ConnectionString);
}

public sealed class RabbitMQServerResource(string name) : ContainerResource(name), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Deferred(() => this.Server().ConnectionString);
}

public sealed class PostgresServerResource(string name) : ContainerResource(name), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Deferred(() => this.Server().ConnectionString);
}

public sealed class PostgresDatabaseResource(string name, string databaseName, PostgresServerResource postgresParentResource)
    : Resource(name), IResourceWithParent<PostgresServerResource>, IResourceWithConnectionString, IResourceWithWaitSupport
{
    public PostgresServerResource Parent => postgresParentResource;
    public string DatabaseName => databaseName;
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Deferred(() => Parent.PostgresServer().ConnectionStringTo(databaseName));
}
