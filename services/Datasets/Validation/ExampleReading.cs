using System.Text.Json;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>Reads an example of any method in which the rules found no error.</summary>
internal static class ExampleReading
{
    /// <summary>The other two methods have `messages` at the top.</summary>
    public static bool IsPreference(this JsonElement example) => !example.TryGetProperty("messages", out _);

    /// <summary>What has the `messages` and `tools`.</summary>
    public static JsonElement Conversation(this JsonElement example) => example.TryGetProperty("input", out var input) && example.IsPreference() ? input : example;

    public static JsonElement PreferredOutput(this JsonElement example) => Output(example, "preferred_output", "preferred_completion");

    public static JsonElement NonPreferredOutput(this JsonElement example) => Output(example, "non_preferred_output", "non_preferred_completion");

    /// <summary>All messages of the line; a preference's two answers come last, the preferred one first.</summary>
    public static IEnumerable<JsonElement> AllMessages(this JsonElement example)
    {
        foreach (var message in example.Conversation().GetProperty("messages").EnumerateArray())
            yield return message;
        if (!example.IsPreference())
            yield break;
        foreach (var message in example.PreferredOutput().EnumerateArray())
            yield return message;
        foreach (var message in example.NonPreferredOutput().EnumerateArray())
            yield return message;
    }

    /// <summary>Messages of the conversation that is learnt.</summary>
    public static int Turns(this JsonElement example) =>
        example.Conversation().GetProperty("messages").GetArrayLength() + (example.IsPreference() ? example.PreferredOutput().GetArrayLength() : 0);

    /// <summary>The text of a message: its content, or the texts among its parts one after the other; "" where it has none.</summary>
    public static string TextOf(JsonElement message)
    {
        if (!message.TryGetProperty("content", out var content))
            return "";
        return content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => string.Join('\n', content.EnumerateArray().Select(part => part.Text("text")).OfType<string>()),
            _ => "",
        };
    }

    private static JsonElement Output(JsonElement example, string key, string oldKey) => example.GetProperty(example.Has(key) ? key : oldKey);
}
