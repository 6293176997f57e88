namespace FineTuneAspire.ModelProvider.FineTuning;

/// <summary>Every way the one attempt to create a job can end.</summary>
public abstract record CreateJobOutcome
{
    private CreateJobOutcome()
    {
    }

    /// <summary>The provider answered with the job.</summary>
    public sealed record Created(UpstreamJob Job) : CreateJobOutcome;

    /// <summary>The provider said no: there is no job, and the same request would be refused again.</summary>
    public sealed record DefinitelyRefused(ProviderError Error) : CreateJobOutcome;

    /// <summary>The provider never took the request (no connection, or 429): there is no job, and trying later is safe.</summary>
    public sealed record NotSent(ProviderError Error) : CreateJobOutcome;

    /// <summary>There may be a job: only the provider's list can tell. Never send the create again before asking it.</summary>
    public sealed record Unknown(ProviderError Error) : CreateJobOutcome;
}
