namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>`empty`: leaves out examples that have no messages, or a message of these roles that says nothing, or only what the caller calls nothing.</summary>
internal sealed class EmptyStep(StepOptions options) : RowStep
{
    public const string Type = "empty";
    private readonly HashSet<string> roles = [.. options.Texts("roles", ["user", "assistant"], 6, "system", "developer", "user", "assistant", "tool", "function")];
    private readonly HashSet<string> also = new(options.Texts("also", [], 100).Select(text => text.Trim()), StringComparer.OrdinalIgnoreCase);

    public override void Apply(Example example)
    {
        if (example.Messages.Count == 0)
        {
            example.Drop("It has no messages.");
            return;
        }

        foreach (var message in example.Messages)
        {
            if (!roles.Contains(message.Role) || message.HasCalls || message.HasOtherParts)
                continue;
            if (message.IsBlank || also.Contains(message.Said.Trim()))
            {
                example.Drop($"{message.List}[{message.Index}] ({message.Role}) says nothing.");
                return;
            }
        }
    }
}
