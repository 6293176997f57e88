using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace FineTuneAspire.Studio.Routing;

/// <summary>Which service answers which path: the one table of the front door.</summary>
internal static class FrontDoorRoutes
{
    private static readonly (string Service, string[] Paths)[] Table =
    [
        ("datasets", ["files", "uploads", "imports", "datasets", "recipes", "annotation_queues"]),
        ("training", ["fine_tuning", "estimates", "base_models", "recommendations", "budgets", "sweeps"]),
        ("inference", ["chat/completions", "models", "evaluations", "comparisons", "releases", "monitors"]),
    ];

    public static IEnumerable<string> Services => Table.Select(row => row.Service);

    public static IReadOnlyList<RouteConfig> Routes() =>
    [
        .. from row in Table
           from path in row.Paths
           select new RouteConfig { RouteId = path, ClusterId = row.Service, Match = new() { Path = $"/v1/{path}/{{**rest}}" } },
        .. from service in Services
           select new RouteConfig
           {
               RouteId = $"openapi-{service}",
               ClusterId = service,
               Match = new() { Path = $"/openapi/{service}.json", Methods = ["GET"] },
               Transforms = [new Dictionary<string, string> { ["PathSet"] = "/openapi/v1.json" }],
           },
    ];

    /// <summary>
    /// Addresses come from the configuration that service discovery reads (`services:datasets:http:0`), all replicas of a service.
    /// A service without one is an error at start, not a 502 at the first call.
    /// </summary>
    public static IReadOnlyList<ClusterConfig> Clusters(IConfiguration configuration, TimeSpan activityTimeout) =>
    [
        .. Services.Select(service => new ClusterConfig
        {
            ClusterId = service,
            LoadBalancingPolicy = "PowerOfTwoChoices",
            Destinations = Addresses(configuration, service)
                .Select((address, index) => (address, index))
                .ToDictionary(at => $"{service}-{at.index}", at => new DestinationConfig { Address = at.address }),
            // Time without a byte in either direction, not the length of a call: an upload or an event stream may last for hours.
            HttpRequest = new ForwarderRequestConfig { ActivityTimeout = activityTimeout, Version = new(1, 1), AllowResponseBuffering = false },
        }),
    ];

    private static IReadOnlyList<string> Addresses(IConfiguration configuration, string service)
    {
        var endpoints = configuration.GetSection($"services:{service}");
        IReadOnlyList<string> found = [.. new[] { "https", "http" }
            .Select(scheme => endpoints.GetSection(scheme).GetChildren().Select(child => child.Value).OfType<string>())
            .FirstOrDefault(addresses => addresses.Any()) ?? []];
        return found.Count > 0 ? found : throw new InvalidOperationException(
            $"No address of the service '{service}' is configured. Start the front door through ./run, or set services__{service}__http__0=http://host:port.");
    }
}
