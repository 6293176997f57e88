using FineTuneAspire.AppHost.WithoutAspire.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace FineTuneAspire.AppHost.WithoutAspire.Page;

/// <param name="Healthy">Null when nothing checks it.</param>
internal sealed record ResourceView(
    string Name, string Type, ResourceState State, bool? Healthy, bool IsUp, int? Pid, int? ExitCode, string? Reason, IReadOnlyList<string> Urls);

internal sealed record Problem(string Error);

/// <summary>
/// `GET /api/resources`, `GET /api/resources/NAME`, `GET /api/resources/NAME/logs?after=NUMBER` and `POST /api/resources/NAME/start|stop|restart`.
/// A command answers when it is done for a stop, and as soon as it is under way for a start.
/// </summary>
internal static class ResourcesApi
{
    public static void MapResources(this IEndpointRouteBuilder app, Runner runner)
    {
        app.MapGet("/api/resources", () => TypedResults.Ok(new { resources = runner.Resources.Select(View) }));
        app.MapGet("/api/resources/{name}", (string name) => On(runner, name, run => TypedResults.Ok(View(run))));
        app.MapGet("/api/resources/{name}/logs", (string name, long after = 0) => On(runner, name, run => TypedResults.Ok(new { lines = run.Log.After(after) })));
        app.MapPost("/api/resources/{name}/start", (string name, CancellationToken cancel) => CommandAsync(runner, name, run => run.StartAsync(cancel), "It runs already, or is on its way."));
        app.MapPost("/api/resources/{name}/stop", (string name) => CommandAsync(runner, name, Runner.StopAsync, "It does not run."));
        app.MapPost("/api/resources/{name}/restart", (string name, CancellationToken cancel) => CommandAsync(runner, name, async run =>
        {
            await Runner.StopAsync(run);
            return await run.StartAsync(cancel);
        }, "Something else started it."));
    }

    private static Results<Ok<T>, NotFound<Problem>> On<T>(Runner runner, string name, Func<ResourceRun, Ok<T>> answer) =>
        runner.Find(name) is { } run ? answer(run) : TypedResults.NotFound(Unknown(name));

    private static async Task<Results<Ok<ResourceView>, NotFound<Problem>, Conflict<Problem>>> CommandAsync(
        Runner runner, string name, Func<ResourceRun, Task<bool>> command, string refusal)
    {
        if (runner.Find(name) is not { } run)
            return TypedResults.NotFound(Unknown(name));
        if (!await command(run))
            return TypedResults.Conflict(new Problem(refusal));
        return TypedResults.Ok(View(run));
    }

    private static Problem Unknown(string name) => new($"There is no resource '{name}'.");

    private static ResourceView View(ResourceRun run)
    {
        var status = run.Status;
        return new ResourceView(run.Name, run.Type, status.State, status.Health, status.IsUp, status.Pid, status.ExitCode, status.Reason, run.Urls);
    }
}
