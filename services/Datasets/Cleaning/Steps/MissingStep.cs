namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>
/// `missing`: drops, fills or refuses examples that lack a field: `system`, `user` and `assistant` mean the content of such a message, any other
/// name a field beside `messages`. Null, absent and blank are missing; a message that calls a tool or shows a picture lacks nothing.
/// </summary>
internal sealed class MissingStep : RowStep
{
    public const string Type = "missing";
    private const string Fill = "fill", DropAction = "drop", Refuse = "refuse";
    private readonly string field;
    private readonly string action;
    private readonly string? value;

    public MissingStep(StepOptions options)
    {
        field = options.RequiredText("field");
        action = options.RequiredText("action", DropAction, Fill, Refuse);
        value = options.OptionalText("value");
        if (field is "messages" or "")
            throw options.Wrong("field", "must be system, user, assistant or a field beside 'messages'.");
        if (action == Fill != value is not null)
            throw options.Wrong("value", action == Fill ? "is missing: say what to fill in." : $"does not go with the action {action}.");
        if (value is not null && string.IsNullOrWhiteSpace(value))
            throw options.Wrong("value", "must not be blank.");
    }

    public override void Apply(Example example)
    {
        if (WhatIsMissing(example, out var message) is not { } missing)
            return;
        if (action == DropAction)
            example.Drop(missing);
        else if (action == Refuse)
            example.Refuse(missing);
        else
            FillIn(example, message, missing);
    }

    private string? WhatIsMissing(Example example, out ExampleMessage? blank)
    {
        blank = null;
        if (field is not ("system" or "user" or "assistant"))
            return string.IsNullOrWhiteSpace(example.Field(field)) ? $"It has no '{field}'." : null;

        var found = false;
        foreach (var message in example.Messages)
        {
            if (message.Role != field && !(field == "system" && message.Role == "developer"))
                continue;
            found = true;
            if (!message.IsBlank)
                continue;
            blank = message;
            return $"{message.List}[{message.Index}] ({message.Role}) has no content.";
        }

        return found ? null : $"It has no message with the role '{field}'.";
    }

    private void FillIn(Example example, ExampleMessage? blank, string missing)
    {
        // Filling may move what stands behind it in the line, so the next one is looked for anew.
        for (; blank is not null; WhatIsMissing(example, out blank))
        {
            if (blank.Texts.Find(text => text.Kind != TextKind.Arguments) is { } text)
                text.Change(value!);
            else if (blank.NullContent is not null || !blank.HasContent)
                example.FillContent(blank, value!);
            else
            {
                example.Refuse($"{missing} It cannot be filled, because its content is neither a text nor null.");
                return;
            }
        }

        if (field is not ("system" or "user" or "assistant"))
            example.FillField(field, value!);
        else if (!example.Messages.Any(message => message.Role == field || (field == "system" && message.Role == "developer")))
        {
            if (field == "system" && example.Messages.Count > 0)
                example.InsertSystemMessage(value!);
            else
                example.Refuse($"{missing} A message that is not there is not made up: drop the example instead.");
        }
    }
}
