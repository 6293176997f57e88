using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace FineTuneAspire.Datasets.Tests;

public class ServiceSurfaceTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    [Fact]
    public async Task The_OpenAPI_document_lists_every_route()
    {
        using var document = JsonDocument.Parse(await service.First.GetStringAsync("/openapi/v1.json"));
        var described = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}"));
        var mapped = service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/v1/", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText!.TrimEnd('/')}"));

        Assert.Equal(mapped.Order(), described.Order());
        Assert.NotEmpty(described);
    }

    [Fact]
    public async Task The_migrations_hold_the_whole_model()
    {
        await using var db = DatasetsService.Context(service.Database.ConnectionString);
        Assert.False(db.Database.HasPendingModelChanges());
    }
}
