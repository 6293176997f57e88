using System.Text.Json;
using System.Text.Json.Serialization;
using FineTuneAspire.LocalModel;
using FineTuneAspire.ServiceDefaults.Errors;

namespace FineTuneAspire.LocalProvider.Chat;

/// <summary>
/// Body of `POST /v1/chat/completions`. What the models here cannot do is refused by name and not ignored; a field that OpenAI does
/// not know is refused too. Labels that change nothing about the answer (`user`, `metadata`, …) are accepted.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ChatRequest
{
    public required string Model { get; init; }
    public required IReadOnlyList<ChatRequestMessage> Messages { get; init; }
    public double? Temperature { get; init; }
    public double? TopP { get; init; }
    public long? Seed { get; init; }
    public JsonElement? Stop { get; init; }
    public int? MaxCompletionTokens { get; init; }

    /// <summary>Deprecated by OpenAI in favour of `max_completion_tokens`, which wins.</summary>
    public int? MaxTokens { get; init; }
    public bool? Stream { get; init; }
    public StreamOptions? StreamOptions { get; init; }

    // One answer without extras is what there is: these may be sent with the value that asks for just that.
    public int? N { get; init; }
    public bool? Logprobs { get; init; }
    public int? TopLogprobs { get; init; }
    public double? FrequencyPenalty { get; init; }
    public double? PresencePenalty { get; init; }
    public bool? Store { get; init; }
    public bool? ParallelToolCalls { get; init; }
    public JsonElement? LogitBias { get; init; }
    public JsonElement? ResponseFormat { get; init; }
    public JsonElement? Modalities { get; init; }
    public JsonElement? Tools { get; init; }
    public JsonElement? ToolChoice { get; init; }
    public JsonElement? Functions { get; init; }
    public JsonElement? FunctionCall { get; init; }
    public JsonElement? Audio { get; init; }
    public JsonElement? Prediction { get; init; }
    public JsonElement? WebSearchOptions { get; init; }
    public JsonElement? ReasoningEffort { get; init; }
    public JsonElement? Verbosity { get; init; }

    public JsonElement? Metadata { get; init; }
    public string? User { get; init; }
    public string? SafetyIdentifier { get; init; }
    public string? PromptCacheKey { get; init; }
    public JsonElement? PromptCacheRetention { get; init; }
    public string? ServiceTier { get; init; }

    [JsonIgnore]
    public int? TokenLimit => MaxCompletionTokens ?? MaxTokens;

    /// <summary>The first thing that this provider refuses about the request, or null.</summary>
    public ApiError? Refusal() => Unsupported() ?? OutOfRange();

    private ApiError? Unsupported()
    {
        if (N is not (null or 1))
            return Refuse("n", "This provider gives one answer per request; leave 'n' out or send 1.");
        if (Logprobs == true || TopLogprobs is not (null or 0))
            return Refuse(Logprobs == true ? "logprobs" : "top_logprobs");
        if (FrequencyPenalty is not (null or 0))
            return Refuse("frequency_penalty");
        if (PresencePenalty is not (null or 0))
            return Refuse("presence_penalty");
        if (Store == true)
            return Refuse("store", "This provider stores no completions; leave 'store' out or send false.");
        if (ResponseFormat is { } format && !IsEmpty(format) && !HasText(format, "type", "text"))
            return Refuse("response_format", "This provider answers with plain text; leave 'response_format' out. A fine-tuned model can learn to answer with JSON.");
        if (Modalities is { } modalities && !IsEmpty(modalities) && !(modalities.ValueKind == JsonValueKind.Array && modalities.EnumerateArray().All(one => IsText(one, "text"))))
            return Refuse("modalities");
        if (ToolChoice is { } choice && !IsEmpty(choice) && !IsText(choice, "none") && !IsText(choice, "auto"))
            return Refuse("tool_choice");
        foreach (var (name, value) in new[]
        {
            ("tools", Tools), ("functions", Functions), ("function_call", FunctionCall), ("logit_bias", LogitBias), ("audio", Audio), ("prediction", Prediction),
            ("web_search_options", WebSearchOptions), ("reasoning_effort", ReasoningEffort), ("verbosity", Verbosity),
        })
        {
            if (value is { } given && !IsEmpty(given))
                return Refuse(name);
        }

        return null;
    }

    private ApiError? OutOfRange()
    {
        if (Messages.Count == 0)
            return ApiError.BadRequest("'messages' must have at least one message.", "messages");
        if (Temperature is not (null or (>= 0 and <= 2)))
            return ApiError.BadRequest("'temperature' must be from 0 to 2.", "temperature");
        if (TopP is not (null or (> 0 and <= 1)))
            return ApiError.BadRequest("'top_p' must be greater than 0 and at most 1.", "top_p");
        if (TokenLimit is < 1)
            return ApiError.BadRequest("The most tokens to generate must be at least 1.", MaxCompletionTokens is null ? "max_tokens" : "max_completion_tokens");
        if (StreamOptions is not null && Stream != true)
            return ApiError.BadRequest("'stream_options' is only for 'stream': true.", "stream_options");
        return null;
    }

    /// <summary>The conversation; false with the refusal when a message cannot be read by these models.</summary>
    public bool TryReadMessages(out List<ChatMessage> messages, out ApiError? refusal)
    {
        (messages, refusal) = ([], null);
        for (var index = 0; index < Messages.Count; index++)
        {
            if (!Messages[index].TryRead($"messages[{index}]", out var message, out refusal))
                return false;
            messages.Add(message!);
        }

        return true;
    }

    /// <summary>`stop` is a string or up to four; none of them may be empty.</summary>
    public bool TryReadStop(out IReadOnlyList<string> stop, out ApiError? refusal)
    {
        (stop, refusal) = ([], null);
        if (Stop is not { ValueKind: not JsonValueKind.Null } given)
            return true;
        if (Text.TryRead(given, out var one))
            stop = [one];
        else if (given.ValueKind == JsonValueKind.Array && given.GetArrayLength() <= 4)
            stop = [.. given.EnumerateArray().Select(item => Text.TryRead(item, out var text) ? text : "")];
        else
            stop = [""];
        if (stop.All(text => text.Length > 0))
            return true;
        refusal = ApiError.BadRequest("'stop' must be a string or a list of at most four strings, none of them empty.", "stop");
        return false;
    }

    private static ApiError Refuse(string name, string? message = null) =>
        ApiError.BadRequest(message ?? $"Unsupported parameter: '{name}' is not supported by this provider's models; leave it out.", name, "unsupported_parameter");

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    private static bool IsText(JsonElement value, string text) => value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    private static bool HasText(JsonElement value, string name, string text) => value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var property) && IsText(property, text);
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record StreamOptions
{
    public bool? IncludeUsage { get; init; }

    /// <summary>Random padding against traffic analysis; there is none here, and an answer without it is as good.</summary>
    public bool? IncludeObfuscation { get; init; }
}
