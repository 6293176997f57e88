namespace FineTuneAspire.TestKit;

/// <summary>What goes wrong with one request. `Effect` says whether the request is carried out before it goes wrong.</summary>
public abstract record UpstreamFault
{
    private UpstreamFault()
    {
    }

    /// <summary>True: the file or job is made, and only the answer is lost.</summary>
    public bool AfterEffect { get; init; }

    /// <summary>Answers with this status and error object (or body).</summary>
    public sealed record Answer(int Status, string? Code = null, string Message = "fault", string? RetryAfter = null, string? Body = null, string? Location = null) : UpstreamFault;

    /// <summary>Closes the connection with RST.</summary>
    public sealed record Reset : UpstreamFault;

    /// <summary>Never answers, until the client gives up.</summary>
    public sealed record Hang : UpstreamFault;

    /// <summary>200, a Content-Length, and half of the body.</summary>
    public sealed record Truncated : UpstreamFault;

    public static UpstreamFault CreatedThen500 => new Answer(500) { AfterEffect = true };
    public static UpstreamFault CreatedThenReset => new Reset { AfterEffect = true };
    public static UpstreamFault CreatedThenTimeout => new Hang { AfterEffect = true };
    public static UpstreamFault CreatedThenTruncated => new Truncated { AfterEffect = true };
    public static UpstreamFault TrainingNotAvailable => new Answer(403, "training_not_available", "OpenAI is winding down the fine-tuning platform.");
    /// <summary>Repeats the key, as the real one does.</summary>
    public static UpstreamFault WrongKey => new Answer(401, "invalid_api_key", $"Incorrect API key provided: {FakeUpstream.Key}.");
}

/// <summary>Faults by route and turn: `On("POST fine_tuning/jobs", fault)` hits the next such request, and one request each per fault given.</summary>
public sealed class UpstreamFaults
{
    private readonly Lock _lock = new();
    private readonly List<(string Route, Func<bool>? Condition, UpstreamFault Fault)> _planned = [];

    /// <param name="route">Method and path below the base URL with `{id}` for ids: `GET fine_tuning/jobs/{id}/events`.</param>
    public void On(string route, params UpstreamFault[] faults)
    {
        lock (_lock)
            _planned.AddRange(faults.Select(fault => (route, (Func<bool>?)null, fault)));
    }

    /// <summary>For every such request while the condition holds.</summary>
    public void While(Func<bool> condition, string route, UpstreamFault fault)
    {
        lock (_lock)
            _planned.Add((route, condition, fault));
    }

    internal UpstreamFault? Take(string route)
    {
        lock (_lock)
        {
            for (var i = 0; i < _planned.Count; i++)
            {
                var (planned, condition, fault) = _planned[i];
                if (planned != route || condition?.Invoke() == false)
                    continue;
                if (condition is null)
                    _planned.RemoveAt(i);
                return fault;
            }

            return null;
        }
    }
}
