using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>
/// `GET /v1/datasets/{dataset_id}/versions/{version}/events`: server-sent events, each the version as it is now. One at once, one whenever something
/// changed, one every fifteen seconds all the same, and the last when the version has ended.
/// </summary>
internal static class StreamVersion
{
    private const string EventType = "dataset.version";
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SpeakAtLeastEvery = TimeSpan.FromSeconds(15);

    public static async Task<IResult> Handle(
        string dataset_id, string version, ClaimsPrincipal user, HttpResponse response, DatasetsDbContext db, IServiceScopeFactory scopes, IHostApplicationLifetime lifetime, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var project = user.ProjectName();
        if (await db.FindVersionAsync(dataset_id, version, project, cancellationToken) is not { } found)
            return GetDatasetVersion.NotFound(dataset_id, version);
        // Proxies that buffer would hold events back.
        response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(UntilEnded(found, scopes, clock, lifetime.ApplicationStopping, cancellationToken));
    }

    private static async IAsyncEnumerable<SseItem<DatasetVersionObject>> UntilEnded(
        DatasetVersion version, IServiceScopeFactory scopes, TimeProvider clock, CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
        var (said, saidAt) = (version.ToObject(), clock.GetTimestamp());
        yield return new SseItem<DatasetVersionObject>(said, EventType);
        while (version.Status == DatasetVersion.Validating && await WaitAsync(clock, either.Token))
        {
            await using (var scope = scopes.CreateAsyncScope())
            {
                var db = scope.ServiceProvider.GetRequiredService<DatasetsDbContext>();
                version = await db.FindVersionAsync(version.DatasetId, version.Number, version.Project, cancellationToken) ?? throw new InvalidOperationException("A version was removed.");
            }

            var now = version.ToObject();
            if (now == said && clock.GetElapsedTime(saidAt) < SpeakAtLeastEvery)
                continue;
            (said, saidAt) = (now, clock.GetTimestamp());
            yield return new SseItem<DatasetVersionObject>(said, EventType);
        }
    }

    /// <returns>False when the process stops or the client has left.</returns>
    private static async Task<bool> WaitAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(LookEvery, clock, cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
