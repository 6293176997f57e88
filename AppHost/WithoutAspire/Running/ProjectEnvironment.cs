using Aspire.Hosting.ApplicationModel;

namespace FineTuneAspire.AppHost.WithoutAspire.Running;

/// <summary>The variables a project starts with, named as Aspire names them.</summary>
internal static class ProjectEnvironment
{
    public static async Task<Dictionary<string, string>> ForAsync(ProjectResource resource, string otlpEndpoint, CancellationToken cancel)
    {
        var variables = Telemetry(resource.Name, otlpEndpoint);

        var endpoints = resource.Annotations.OfType<EndpointAnnotation>().ToList();
        if (endpoints.Count > 0)
            variables["ASPNETCORE_URLS"] = string.Join(';', endpoints.Select(endpoint => endpoint.Url));

        foreach (var reference in resource.Annotations)
        {
            if (reference is EnvironmentAnnotation variable)
                variables[variable.Name] = await variable.Value.GetValueAsync(cancel) ?? "";
            if (reference is ServiceReferenceAnnotation { Source: var source })
            {
                foreach (var endpoint in source.Annotations.OfType<EndpointAnnotation>())
                    variables[$"services__{source.Name}__{endpoint.Name}__0"] = endpoint.Url;
            }
        }

        if (resource.Annotations.OfType<ProjectAnnotation>().Single().LaunchProfile is { } profile)
        {
            variables["DOTNET_LAUNCH_PROFILE"] = profile.Name;
            // What AppHost.cs says wins over the profile.
            foreach (var (name, value) in profile.Environment)
                variables.TryAdd(name, value);
        }

        return variables;
    }

    /// <summary>
    /// Short delays, so that a trace is on the page when its request has been answered. A backend that whoever started us has named is left in place.
    /// </summary>
    private static Dictionary<string, string> Telemetry(string name, string otlpEndpoint)
    {
        var variables = new Dictionary<string, string>
        {
            ["OTEL_SERVICE_NAME"] = name,
            ["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={Guid.NewGuid():N}",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "1000",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "1000",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "5000",
            ["OTEL_TRACES_SAMPLER"] = "always_on",
            // Where a page of ours may send its reader for traces and logs.
            ["Dashboard__Url"] = otlpEndpoint,
        };
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")))
        {
            variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlpEndpoint;
            variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        }

        return variables;
    }
}
