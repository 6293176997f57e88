using Aspire.Hosting.ApplicationModel;
using FineTuneAspire.AppHost.WithoutAspire.Servers;

namespace FineTuneAspire.AppHost.WithoutAspire.Running;

/// <summary>A project's build output as a process.</summary>
internal sealed class ProjectRun(ProjectResource resource, RunContext context) : ResourceRun(resource, context)
{
    private static readonly HttpClient Health = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly ProjectAnnotation _project = resource.Annotations.OfType<ProjectAnnotation>().Single();
    private readonly HealthCheckAnnotation? _check = resource.Annotations.OfType<HealthCheckAnnotation>().FirstOrDefault();
    private ChildProcess? _process;

    public override string Type => "project";
    public override IReadOnlyList<string> Urls => [.. resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => endpoint.Url)];

    protected override async Task<ResourceStatus> RunToEndAsync(CancellationToken cancel)
    {
        var program = BuiltProgram();
        var environment = await ProjectEnvironment.ForAsync(resource, Context.OtlpEndpoint, cancel);
        string[] arguments = [program, .. resource.Annotations.OfType<ArgumentsAnnotation>().SelectMany(annotation => annotation.Arguments)];
        var process = _process = await ChildProcess.StartAsync(
            new ChildProcessStart(DotnetProgram(), arguments, environment, Path.GetDirectoryName(_project.ProjectPath)!), WriteLog);
        if (process.Identity is { } identity)
            Context.Data.Record(new RecordedProcess(Name, identity, Posix.SigTerm));
        Set(new ResourceStatus(ResourceState.Running, Pid: process.Pid, Health: _check is null ? null : false));

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var probing = ProbeAsync(process.Pid, ended.Token);
        // A stop that came while the process was being started has nobody else to end it.
        var code = cancel.IsCancellationRequested ? await process.StopAsync(TimeSpan.FromSeconds(3)) : await process.Exited;
        await ended.CancelAsync();
        await probing;
        return new ResourceStatus(code == 0 ? ResourceState.Finished : ResourceState.Exited, ExitCode: code);
    }

    protected override async Task EndAsync(TimeSpan grace)
    {
        if (_process is not { Exited.IsCompleted: false } process)
            return;
        Set(Status with { State = ResourceState.Stopping });
        await process.StopAsync(grace);
    }

    /// <summary>Asks the health check often until it is well, and every two seconds from then on.</summary>
    private async Task ProbeAsync(int pid, CancellationToken cancel)
    {
        if (_check is not { } check)
            return;
        var url = new EndpointReference(resource, check.EndpointName ?? resource.Annotations.OfType<EndpointAnnotation>().First().Name).Url + check.Path;
        try
        {
            while (true)
            {
                var healthy = await AnswersAsync(url, check.StatusCode, cancel);
                if (Status.State == ResourceState.Running)
                    Set(new ResourceStatus(ResourceState.Running, Pid: pid, Health: healthy));
                await Task.Delay(healthy ? 2_000 : 200, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The process has ended, or is about to.
        }
    }

    private static async Task<bool> AnswersAsync(string url, int expected, CancellationToken cancel)
    {
        try
        {
            using var answer = await Health.GetAsync(url, cancel);
            return (int)answer.StatusCode == expected;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false; // No answer in time.
        }
    }

    private string BuiltProgram()
    {
        var name = Path.GetFileNameWithoutExtension(_project.ProjectPath);
        var path = Path.Combine(Path.GetDirectoryName(_project.ProjectPath)!, "bin", Context.Options.Configuration, $"net{Environment.Version.Major}.0", name + ".dll");
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is missing. Build it first: dotnet build -c {Context.Options.Configuration} {_project.ProjectPath}");
    }

    /// <summary>The dotnet that runs this process, found from where its own libraries lie: shared/Microsoft.NETCore.App/VERSION under it.</summary>
    private static string DotnetProgram()
    {
        var beside = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", "..", "dotnet"));
        return File.Exists(beside) ? beside : "dotnet";
    }
}
