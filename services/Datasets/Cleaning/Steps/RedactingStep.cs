namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>What `pii` and `secrets` share: find, then redact, drop or refuse. The arguments of tool calls are looked into unless told otherwise.</summary>
internal abstract class RedactingStep(StepOptions options) : RowStep
{
    private const string RedactAction = "redact", DropAction = "drop", RefuseAction = "refuse";
    private readonly IReadOnlySet<string> roles = options.Roles();
    private readonly string action = options.Text("action", RedactAction, RedactAction, DropAction, RefuseAction);
    private readonly bool arguments = options.Flag("tool_arguments", true);
    private readonly Redactor redactor = new();
    private readonly List<Finding> findings = [];

    /// <summary>Adds what it finds, the surest first.</summary>
    protected abstract void Find(string text, List<Finding> findings);

    public override void Apply(Example example)
    {
        redactor.BeginExample();
        foreach (var text in example.Texts)
        {
            if (!roles.Contains(text.Message.Role) || (text.Kind == TextKind.Arguments && !arguments))
                continue;
            if (action == RedactAction)
            {
                text.ChangeWithin(Redacted);
                continue;
            }

            findings.Clear();
            Find(text.Value, findings);
            if (findings.Count == 0)
                continue;
            // The kind only: the finding itself is what nobody should read.
            var reason = $"{text.Message.List}[{text.Message.Index}] holds {Article(findings[0].Kind)}.";
            if (action == DropAction)
                example.Drop(reason);
            else
                example.Refuse(reason);
            return;
        }
    }

    private string Redacted(string text)
    {
        findings.Clear();
        Find(text, findings);
        return redactor.Redact(text, findings);
    }

    private static string Article(string kind) => $"something of the kind {kind}";
}
