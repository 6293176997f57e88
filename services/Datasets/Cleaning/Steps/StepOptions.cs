using System.Text.Json;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>A recipe that cannot be used.</summary>
/// <param name="place">In the request, such as `steps[2].threshold`.</param>
public sealed class RecipeException(string place, string message) : Exception($"'{place}' {message}")
{
    public string Place => place;
}

/// <summary>Reads one step's options. Each is asked for once; what nobody asked for is refused by name in <see cref="RefuseOthers"/>.</summary>
internal sealed class StepOptions(JsonElement step, string at)
{
    private readonly HashSet<string> known = ["type"];

    public string Text(string name, string otherwise, params string[] allowed) => OptionalText(name, allowed) ?? otherwise;

    /// <param name="allowed">Empty: any.</param>
    public string? OptionalText(string name, params string[] allowed)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.String)
            throw Wrong(name, "must be a string.");
        var text = value.GetString()!;
        return allowed.Length == 0 || allowed.Contains(text) ? text : throw Wrong(name, $"must be one of {string.Join(", ", allowed)}.");
    }

    public string RequiredText(string name, params string[] allowed) =>
        OptionalText(name, allowed) ?? throw Wrong(name, allowed.Length == 0 ? "is missing." : $"is missing; it must be one of {string.Join(", ", allowed)}.");

    public bool Flag(string name, bool otherwise) => Find(name) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Wrong(name, "must be true or false."),
    };

    public int? OptionalWhole(string name, int least, int most)
    {
        if (Find(name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var whole) && whole >= least && whole <= most
            ? whole
            : throw Wrong(name, FormattableString.Invariant($"must be a whole number from {least} to {most}."));
    }

    public int Whole(string name, int otherwise, int least, int most) => OptionalWhole(name, least, most) ?? otherwise;

    public double Share(string name, double otherwise, double above, double most)
    {
        if (Find(name) is not { } value)
            return otherwise;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number > above && number <= most
            ? number
            : throw Wrong(name, FormattableString.Invariant($"must be a number above {above} and at most {most}."));
    }

    /// <param name="allowed">Empty: any.</param>
    public IReadOnlyList<string> Texts(string name, IReadOnlyList<string> otherwise, int most, params string[] allowed)
    {
        if (Find(name) is not { } value)
            return otherwise;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > most || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String || item.GetString()!.Length == 0))
            throw Wrong(name, $"must be an array of at most {most} strings that are not empty.");
        var texts = value.EnumerateArray().Select(item => item.GetString()!).ToList();
        if (allowed.Length > 0 && texts.Find(text => !allowed.Contains(text)) is { } unknown)
            throw Wrong(name, $"knows no '{unknown}'; known are {string.Join(", ", allowed)}.");
        return texts;
    }

    /// <summary>Names, each with a list of strings.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Lists(string name, int most)
    {
        if (Find(name) is not { ValueKind: JsonValueKind.Object } value || value.EnumerateObject().Take(most + 1).Count() is var count && (count == 0 || count > most))
            throw Wrong(name, $"must be an object with 1 to {most} names, each with an array of strings.");
        var lists = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var entry in value.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Array || entry.Value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
                throw Wrong($"{name}.{entry.Name}", "must be an array of strings.");
            lists[entry.Name] = [.. entry.Value.EnumerateArray().Select(item => item.GetString()!)];
        }

        return lists;
    }

    /// <summary>The roles whose texts the step looks at; all where none is named.</summary>
    public IReadOnlySet<string> Roles() =>
        Texts("roles", AllRoles, AllRoles.Length, AllRoles).ToHashSet();

    /// <exception cref="RecipeException">An option that the step does not have.</exception>
    public void RefuseOthers(string type)
    {
        foreach (var option in step.EnumerateObject().Where(option => !known.Contains(option.Name)))
            throw Wrong(option.Name, $"is no option of '{type}'; it has {(known.Count == 1 ? "none" : string.Join(", ", known.Where(name => name != "type")))}.");
    }

    public RecipeException Wrong(string option, string message) => new($"{at}.{option}", message);

    private static readonly string[] AllRoles = ["system", "developer", "user", "assistant", "tool", "function"];

    private JsonElement? Find(string name)
    {
        known.Add(name);
        return step.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}
