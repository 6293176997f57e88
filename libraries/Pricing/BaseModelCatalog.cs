using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineTuneAspire.Pricing;

/// <summary>The base models, their prices, limits and dates, as one dated file says them. Load it once, at start.</summary>
public sealed record BaseModelCatalog
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    private static readonly string[] KnownMethods = ["supervised", "dpo", "reinforcement"];
    private static readonly string[] KnownKinds = ["names", "tools", "images"];

    /// <summary>The day on which the prices and dates were looked up.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>Where the figures come from, in a sentence or two.</summary>
    public required string Source { get; init; }

    public required IReadOnlyList<BaseModel> Models { get; init; }

    /// <summary>SHA-256 of the file: what was computed from another edition is out of date.</summary>
    [JsonIgnore]
    public string Fingerprint { get; private init; } = "";

    /// <summary>The file that is shipped beside the executable.</summary>
    public static string ShippedPath => Path.Combine(AppContext.BaseDirectory, "data", "base-models.json");

    public BaseModel? Find(string id) => Models.FirstOrDefault(model => model.Id == id);

    /// <param name="path">Null for the shipped file.</param>
    /// <exception cref="InvalidDataException">The file is missing or wrong; the message names the file and every field at fault.</exception>
    public static BaseModelCatalog Load(string? path = null)
    {
        path ??= ShippedPath;
        BaseModelCatalog catalog;
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
            catalog = JsonSerializer.Deserialize<BaseModelCatalog>(bytes, Json) ?? throw new JsonException("The file holds null.");
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"{path}: there is no such file. It lists the base models; set BaseModels:Path, or leave it out for the file that is shipped.", missing);
        }
        catch (JsonException malformed)
        {
            throw new InvalidDataException($"{path}: {malformed.Path ?? "$"}: {malformed.Message}", malformed);
        }

        var problems = catalog.Problems().ToList();
        return problems.Count == 0
            ? catalog with { Fingerprint = Convert.ToHexStringLower(SHA256.HashData(bytes)) }
            : throw new InvalidDataException(string.Join(Environment.NewLine, problems.Select(problem => $"{path}: {problem}")));
    }

    private IEnumerable<string> Problems()
    {
        if (Currency.Length != 3 || !Currency.All(char.IsAsciiLetterUpper))
            yield return $"currency: '{Currency}' is no ISO 4217 code such as USD.";
        if (string.IsNullOrWhiteSpace(Source))
            yield return "source: say where the figures come from.";
        if (Models.Count == 0)
            yield return "models: at least one is needed.";
        foreach (var (index, model) in Models.Index())
        {
            var at = $"models[{index}]";
            if (model is null)
            {
                yield return $"{at}: must be an object.";
                continue;
            }

            foreach (var problem in ProblemsOf(model))
                yield return $"{at}.{problem}";
            if (Models.Take(index).Any(other => other?.Id == model.Id))
                yield return $"{at}.id: '{model.Id}' stands twice.";
        }
    }

    private static IEnumerable<string> ProblemsOf(BaseModel model)
    {
        foreach (var (name, text) in new[] { ("id", model.Id), ("provider", model.Provider), ("encoding", model.Encoding) })
        {
            if (string.IsNullOrWhiteSpace(text))
                yield return $"{name}: must not be blank.";
        }

        if (model.Methods.Count == 0 || model.Methods.Except(KnownMethods).Any())
            yield return $"methods: at least one of {string.Join(", ", KnownMethods)}, and nothing else.";
        if (model.Accepts.Except(KnownKinds).Any())
            yield return $"accepts: only {string.Join(", ", KnownKinds)}.";
        if (model.Prices is { Training: null, TrainingPerHour: null } or { Training: not null, TrainingPerHour: not null })
            yield return "prices: give either 'training' or 'training_per_hour'.";
        foreach (var (name, price) in new[] { ("training", model.Prices.Training), ("training_per_hour", model.Prices.TrainingPerHour), ("input", model.Prices.Input), ("cached_input", model.Prices.CachedInput), ("output", model.Prices.Output) })
        {
            if (price < 0)
                yield return $"prices.{name}: must be 0 or more, not {price}.";
        }

        if (model.Limits.TokensPerExample < 1)
            yield return $"limits.tokens_per_example: must be at least 1 (or null), not {model.Limits.TokensPerExample}.";
        if (model.Limits.MinExamples < 1)
            yield return $"limits.min_examples: must be at least 1, not {model.Limits.MinExamples}.";
        if (model.Limits.MaxEpochs < 1)
            yield return $"limits.max_epochs: must be at least 1, not {model.Limits.MaxEpochs}.";
        if (model.ShutdownDate < model.TrainingEnds)
            yield return "shutdown_date: lies before 'training_ends'.";
    }
}
