using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace FineTuneAspire.AppHost.WithoutAspire.Running;

/// <summary>
/// What AppHost.cs describes, as data: `--publisher manifest --output-path FILE` writes it instead of running anything. Names, not values, so that it
/// holds no secret; it is what deploy/compose.yaml is held against.
/// </summary>
internal static class Manifest
{
    public static string Write(IReadOnlyList<IResource> resources) => JsonSerializer.Serialize(
        new { resources = resources.Select(Describe) }, new JsonSerializerOptions { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });

    private static object Describe(IResource resource) => new
    {
        resource.Name,
        Type = resource switch
        {
            ProjectResource => "project",
            ContainerResource => "server",
            PostgresDatabaseResource => "database",
            ParameterResource => "parameter",
            _ => throw new InvalidOperationException($"'{resource.Name}' is of no type that can be described."),
        },
        Project = Path.GetFileNameWithoutExtension(resource.Annotations.OfType<ProjectAnnotation>().FirstOrDefault()?.ProjectPath),
        Arguments = resource.Annotations.OfType<ArgumentsAnnotation>().SelectMany(annotation => annotation.Arguments),
        Environment = resource.Annotations.SelectMany(annotation => annotation switch
        {
            EnvironmentAnnotation variable => [variable.Name],
            ServiceReferenceAnnotation reference => reference.Source.Annotations.OfType<EndpointAnnotation>()
                .Select(endpoint => $"services__{reference.Source.Name}__{endpoint.Name}__0"),
            _ => Enumerable.Empty<string>(),
        }),
        WaitsFor = resource.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource.Name),
        External = resource.Annotations.OfType<EndpointAnnotation>().Any(endpoint => endpoint.IsExternal),
    };
}
