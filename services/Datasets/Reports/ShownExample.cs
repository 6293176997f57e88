using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Reports;

/// <param name="Calls">Of tools and functions, as JSON; null without any.</param>
internal readonly record struct ShownMessage(string Role, string Text, string? Calls)
{
    public string Content => Calls is null ? Text.Trim() : Text.Trim() + Calls;

    public static ShownMessage Of(JsonElement message)
    {
        var calls = message.Has("tool_calls") ? message.GetProperty("tool_calls").GetRawText() : message.Has("function_call") ? message.GetProperty("function_call").GetRawText() : null;
        return new ShownMessage(message.GetProperty("role").GetString()!, ExampleReading.TextOf(message), calls);
    }
}

/// <summary>An example of any method as a report looks at it; see <see cref="ConsistencyFigures"/> for what counts as its input and its answer.</summary>
internal sealed class ShownExample
{
    /// <summary>Of the line, a preference's two answers last.</summary>
    public required IReadOnlyList<ShownMessage> All { get; init; }

    /// <summary>Before the answer.</summary>
    public required IReadOnlyList<ShownMessage> Input { get; init; }

    /// <summary>The last message, of a preference the last of the preferred answer; null where the method has none.</summary>
    public required ShownMessage? Answer { get; init; }

    /// <summary>What tells one answer from another.</summary>
    public required IReadOnlyList<string> Answers { get; init; }

    /// <summary>A preference's answer that is not preferred, else null.</summary>
    public string? Other { get; init; }

    /// <summary>The texts of the system's and the developer's messages; null without any.</summary>
    public string? System => Input.Any(IsSystem) ? string.Join('\n', Input.Where(IsSystem).Select(message => message.Text)) : null;

    public static ShownExample Of(JsonElement example, TrainingMethod method)
    {
        var messages = example.Conversation().GetProperty("messages").EnumerateArray().Select(ShownMessage.Of).ToList();
        if (method == TrainingMethod.Supervised)
            return new ShownExample { All = messages, Input = messages[..^1], Answer = messages[^1], Answers = [messages[^1].Content] };
        if (method == TrainingMethod.Reinforcement)
            return new ShownExample { All = messages, Input = messages, Answer = null, Answers = [.. example.EnumerateObject().Where(member => member.Name is not ("messages" or "tools")).Select(member => $"{member.Name}={member.Value.GetRawText()}")] };

        var preferred = example.PreferredOutput().EnumerateArray().Select(ShownMessage.Of).ToList();
        var other = example.NonPreferredOutput().EnumerateArray().Select(ShownMessage.Of).ToList();
        static string Whole(List<ShownMessage> answer) => string.Join('\n', answer.Select(message => message.Content));
        return new ShownExample { All = [.. messages, .. preferred, .. other], Input = messages, Answer = preferred[^1], Answers = [Whole(preferred)], Other = Whole(other) };
    }

    public ulong InputHash()
    {
        var texts = Input.SelectMany(message => new[] { message.Role, message.Content });
        return Hash(Other is null ? texts : texts.Concat(new[] { Answers[0], Other }.Order(StringComparer.Ordinal)));
    }

    public ulong AnswerHash() => Hash(Answers);

    public string InputExcerpt() => Excerpt.Of(Input.Count == 0 ? "" : Input[^1].Text);

    public string AnswerExcerpt() => Excerpt.Of(Answer?.Content ?? string.Join(", ", Answers));

    private static bool IsSystem(ShownMessage message) => message.Role is "system" or "developer";

    private static ulong Hash(IEnumerable<string> texts)
    {
        var hash = new XxHash3();
        foreach (var text in texts)
        {
            hash.Append(MemoryMarshal.AsBytes(text.AsSpan()));
            hash.Append([0, 0]);   // NUL is in no text: ab + c is not a + bc
        }

        return hash.GetCurrentHashAsUInt64();
    }
}
