using System.ComponentModel.DataAnnotations;

namespace FineTuneAspire.Training.Reconciling;

/// <summary>Section `Training`; the defaults suit a provider on the internet. Tests shorten them.</summary>
public sealed class TrainingOptions : IValidatableObject
{
    public const string Section = "Training";

    /// <summary>Names this installation in the provider's metadata (`fta_install`), for a person who looks there.</summary>
    public string Installation { get; set; } = "finetuneaspire";

    /// <summary>How often a young job is looked at; grows to <see cref="LongestPoll"/> with the time since it last changed.</summary>
    public TimeSpan ShortestPoll { get; set; } = TimeSpan.FromMilliseconds(250);
    public TimeSpan LongestPoll { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest pause after failures.</summary>
    public TimeSpan LongestBackOff { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After a doubtful create, how long the provider's list is given to show the job.</summary>
    public TimeSpan SettleWindow { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>How long, and how often, the list is searched for a second job after a doubtful create.</summary>
    public TimeSpan SweepFor { get; set; } = TimeSpan.FromHours(24);
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>A provider may deny a job for a moment after making it; after this it is taken for lost.</summary>
    public TimeSpan LostAfter { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an ended job waits for what belongs to it: its model's name, its result files.</summary>
    public TimeSpan FinishPatience { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>When Datasets has not answered, its command is sent again.</summary>
    public TimeSpan ValidationReminder { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a worker may be silent before another takes its job. Longer than any provider's Timeout, because one call may take that long.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(150);

    [Range(1, 256, ErrorMessage = "Training:Workers must lie between 1 and 256.")]
    public int Workers { get; set; } = 8;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        (string Name, TimeSpan Value)[] times =
        [
            (nameof(ShortestPoll), ShortestPoll), (nameof(LongestPoll), LongestPoll), (nameof(LongestBackOff), LongestBackOff), (nameof(SettleWindow), SettleWindow),
            (nameof(SweepFor), SweepFor), (nameof(SweepEvery), SweepEvery), (nameof(LostAfter), LostAfter), (nameof(FinishPatience), FinishPatience),
            (nameof(ValidationReminder), ValidationReminder), (nameof(Lease), Lease),
        ];
        foreach (var (name, value) in times.Where(time => time.Value <= TimeSpan.Zero))
            yield return new($"Training:{name} is {value}; it must be more than zero.");
        if (ShortestPoll > LongestPoll)
            yield return new($"Training:ShortestPoll ({ShortestPoll}) is longer than Training:LongestPoll ({LongestPoll}).");
    }
}
