using FineTuneAspire.Demo;
using Spectre.Console;

using var cancellation = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    cancellation.Cancel();
};

try
{
    var endpoints = Endpoints.Read();
    using var demo = new DemoRun(endpoints, AnsiConsole.Console, TimeProvider.System);
    var result = await demo.RunAsync(cancellation.Token);
    await result.WriteAsync(Path.Combine(endpoints.DataFolder, "demo.json"), cancellation.Token);
    return result.Job.Status == "succeeded" ? 0 : 1;
}
catch (DemoException refused)
{
    AnsiConsole.MarkupLineInterpolated($"[red]The demo stopped:[/] {refused.Message}");
    return 1;
}
catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
{
    AnsiConsole.MarkupLine("[yellow]Cancelled.[/] The job goes on; cancel it with POST /v1/fine_tuning/jobs/ID/cancel.");
    return 130;
}
