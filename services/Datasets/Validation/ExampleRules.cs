using System.Text.Json;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>The rules of the examples of one file.</summary>
internal interface IExampleRules
{
    /// <param name="example">An object that <see cref="LineSyntax"/> found readable.</param>
    void Check(JsonElement example, int line);
}

internal static class ExampleRules
{
    public static IExampleRules RulesOf(this TrainingMethod method, ProblemList problems) => method switch
    {
        TrainingMethod.Dpo => new PreferenceExampleRules(problems),
        TrainingMethod.Reinforcement => new ReinforcementExampleRules(problems),
        _ => new ChatExampleRules(problems),
    };
}

/// <summary>Warns of each key that has no meaning, once for the file: memory is bounded by what is listed.</summary>
internal sealed class UnknownKeys(ProblemList problems, IReadOnlySet<string> known, string message, string code = Rules.UnknownKey)
{
    private const int Listed = 100;
    private readonly HashSet<string> named = [];

    /// <param name="at">The path of the owner.</param>
    public void Check(JsonElement owner, int line, string at = "")
    {
        foreach (var member in owner.EnumerateObject())
        {
            if (!known.Contains(member.Name) && named.Count < Listed && named.Add(member.Name))
                problems.Warning(line, code, $"{message} It is named here only for the first line that has it.", JsonPath.Key(at, member.Name));
        }
    }
}

/// <summary>The functions that an example declares for the model.</summary>
internal static class ToolRules
{
    /// <param name="at">What comes before the keys in a path, such as `input.`.</param>
    public static void Check(JsonElement owner, int line, ProblemList problems, string at = "")
    {
        if (owner.TryGetProperty("parallel_tool_calls", out var parallel) && parallel.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            problems.Error(line, Rules.InvalidParallelToolCalls, "'parallel_tool_calls' must be true or false.", $"{at}parallel_tool_calls");
        if (owner.TryGetProperty("tools", out var tools))
            CheckDeclarations(tools, line, problems, $"{at}tools", Rules.InvalidTools, tool => tool.Is("type", "function") && tool.TryGetProperty("function", out var function) ? function : default,
                "must be {\"type\": \"function\", \"function\": {\"name\": ...}}");
        if (owner.TryGetProperty("functions", out var functions))
            CheckDeclarations(functions, line, problems, $"{at}functions", Rules.InvalidFunctions, function => function, "must be an object with a 'name'");
    }

    private static void CheckDeclarations(JsonElement list, int line, ProblemList problems, string at, string code, Func<JsonElement, JsonElement> function, string shape)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            problems.Error(line, code, $"'{at}' must be an array.", at);
            return;
        }

        var index = -1;
        foreach (var item in list.EnumerateArray())
        {
            index++;
            if (item.ValueKind != JsonValueKind.Object || function(item) is not { ValueKind: JsonValueKind.Object } declared || declared.Text("name") is not { Length: > 0 })
                problems.Error(line, code, $"'{at}[{index}]' {shape}.", $"{at}[{index}]");
        }
    }
}

internal static class JsonElementReading
{
    /// <summary>The string under a key of an object, or null when it is missing or no string.</summary>
    public static string? Text(this JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static bool Is(this JsonElement element, string key, string value) => element.Text(key) == value;

    /// <summary>True when the key is there and not null.</summary>
    public static bool Has(this JsonElement element, string key) => element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;
}
