using Aspire.Hosting.ApplicationModel;

namespace FineTuneAspire.AppHost.WithoutAspire.Running;

internal enum ResourceState
{
    NotStarted,
    Waiting,
    Starting,
    Running,
    Stopping,

    /// <summary>Ended by itself with code 0.</summary>
    Finished,

    /// <summary>Ended by itself with another code.</summary>
    Exited,

    /// <summary>Ended because it was asked to.</summary>
    Stopped,
    FailedToStart,
}

/// <summary>What the page and the waiting resources see of a resource at one moment.</summary>
/// <param name="Health">Null when nothing checks it: it then counts as healthy while it runs.</param>
internal sealed record ResourceStatus(ResourceState State, string? Reason = null, int? Pid = null, int? ExitCode = null, bool? Health = null)
{
    public bool IsUp => State == ResourceState.Running && Health != false;
    public bool HasEnded => State is ResourceState.Finished or ResourceState.Exited or ResourceState.Stopped or ResourceState.FailedToStart;
}

/// <summary>
/// A resource while the system runs. It starts when asked and ends when asked or by itself; nobody restarts it silently.
/// </summary>
internal abstract class ResourceRun(IResource resource, RunContext context)
{
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource? _attempt;
    private Task _running = Task.CompletedTask;

    public IResource Resource => resource;
    public string Name => resource.Name;
    public abstract string Type { get; }
    public virtual IReadOnlyList<string> Urls => [];
    public LogBuffer Log { get; } = new(context.Clock);
    public ResourceStatus Status { get; private set; } = new(ResourceState.NotStarted);
    protected RunContext Context => context;

    /// <summary>Begins a start and returns; the rest shows in <see cref="Status"/>. False when it is up or on its way already.</summary>
    public async Task<bool> StartAsync(CancellationToken cancel)
    {
        await _oneAtATime.WaitAsync(cancel);
        try
        {
            if (!_running.IsCompleted && !Status.HasEnded)
                return false;
            await _running; // Its last status is seen a moment before it is over.
            _attempt?.Dispose();
            _attempt = CancellationTokenSource.CreateLinkedTokenSource(context.Stopping);
            Set(new ResourceStatus(ResourceState.Waiting));
            _running = RunAsync(_attempt.Token);
            return true;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Stops it and returns when it has ended. False when it did not run.</summary>
    public async Task<bool> StopAsync(TimeSpan grace)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            if (_attempt is null || Status.HasEnded)
                return false;
            await _attempt.CancelAsync();
            await EndAsync(grace);
            await _running;
            return true;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Returns the first status, from now on, that satisfies the condition.</summary>
    public async Task<ResourceStatus> WhenAsync(Func<ResourceStatus, bool> condition, CancellationToken cancel)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (condition(Status))
                    return Status;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancel);
        }
    }

    public void WriteLog(string line) => context.Console.Write(Name, Log.Add(line).Text);

    /// <summary>Starts the thing, keeps <see cref="Status"/> true, and returns its last status when it has ended. The token asks it to end.</summary>
    protected abstract Task<ResourceStatus> RunToEndAsync(CancellationToken cancel);

    /// <summary>Makes what runs end; the cancelled token has already been seen by whatever waits.</summary>
    protected abstract Task EndAsync(TimeSpan grace);

    protected void Set(ResourceStatus status)
    {
        lock (_gate)
        {
            if (status == Status)
                return;
            Status = status;
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        context.Changed();
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        ResourceStatus last;
        try
        {
            await WaitForOthersAsync(cancel);
            Set(new ResourceStatus(ResourceState.Starting));
            last = await RunToEndAsync(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            last = new ResourceStatus(ResourceState.Stopped);
        }
        catch (Exception exception)
        {
            last = new ResourceStatus(ResourceState.FailedToStart, exception.Message);
        }

        if (cancel.IsCancellationRequested)
            last = last with { State = ResourceState.Stopped };
        if (last.State is ResourceState.Exited)
            WriteLog($"ended with code {last.ExitCode}");
        if (last.State is ResourceState.FailedToStart)
            WriteLog($"did not start: {last.Reason}");
        Set(last);
    }

    private async Task WaitForOthersAsync(CancellationToken cancel)
    {
        foreach (var wait in resource.Annotations.OfType<WaitAnnotation>())
        {
            var other = context.Find(wait.Resource);
            if (wait.ExitCode is { } code)
            {
                var end = await other.WhenAsync(status => status.HasEnded, cancel);
                if (end.ExitCode != code)
                    throw new InvalidOperationException($"It waits for {other.Name} to end with code {code}, but that is {Describe(end)}.");
            }
            else
            {
                var state = await other.WhenAsync(status => status.IsUp || status.HasEnded, cancel);
                if (state.HasEnded)
                    throw new InvalidOperationException($"It needs {other.Name}, but that is {Describe(state)}.");
            }
        }
    }

    private static string Describe(ResourceStatus status) => status.State + (status.ExitCode is { } code ? $" with code {code}" : "");
}
