using System.Diagnostics;
using System.Diagnostics.Metrics;
using FineTuneAspire.Inference.Chat;
using FineTuneAspire.Inference.Models;

namespace FineTuneAspire.Inference;

/// <summary>Spans and metrics of this service. No prompt, answer or key becomes part of either.</summary>
internal static class InferenceTelemetry
{
    public const string Name = "FineTuneAspire.Inference";
    public const string ClientDisconnect = "client_disconnect";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram(GenAI.OperationDuration, "s", "Duration of a chat call, to its last byte.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = GenAI.DurationBuckets });
    private static readonly Histogram<double> TimeToFirstChunk =
        Meter.CreateHistogram(GenAI.OperationTimeToFirstChunk, "s", "Time to the first chunk of a streamed answer.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = GenAI.DurationBuckets });
    private static readonly Histogram<long> Tokens =
        Meter.CreateHistogram(GenAI.TokenUsage, "{token}", "Tokens of a chat call as the provider counts them.", tags: null, new InstrumentAdvice<long> { HistogramBucketBoundaries = GenAI.TokenBuckets });

    /// <summary>CLIENT span `chat model`; null when nobody listens.</summary>
    public static Activity? StartChat(ModelRoute route, ChatRequestFacts facts)
    {
        var span = Source.StartActivity($"{GenAI.Chat} {route.Model}", ActivityKind.Client, default(ActivityContext), new ActivityTagsCollection
        {
            [GenAI.OperationName] = GenAI.Chat,
            [GenAI.ProviderName] = route.Provider.TelemetryName,
            [GenAI.RequestModel] = route.Model,
            [GenAI.ServerAddress] = route.Provider.BaseUrl.Host,
            [GenAI.ServerPort] = route.Provider.BaseUrl.Port,
        });
        span?.SetTag(GenAI.OpenAIApiType, "chat_completions");
        span?.SetTag(GenAI.RequestStream, facts.Stream);
        span?.SetTag(GenAI.RequestMaxTokens, facts.MaxTokens);
        span?.SetTag(GenAI.RequestTemperature, facts.Temperature);
        span?.SetTag(GenAI.RequestTopP, facts.TopP);
        span?.SetTag(GenAI.RequestSeed, facts.Seed);
        span?.SetTag(GenAI.RequestChoiceCount, facts.Choices);
        return span;
    }

    /// <summary>Ends the account of a call. <paramref name="error"/> is null, or the word for `error.type`.</summary>
    public static void FinishChat(Activity? span, ModelRoute route, ChatAnswerFacts answer, TimeSpan elapsed, TimeSpan? firstChunk, string? error)
    {
        span?.SetTag(GenAI.ResponseId, answer.Id);
        span?.SetTag(GenAI.ResponseModel, answer.Model);
        if (answer.FinishReasons.Count > 0)
            span?.SetTag(GenAI.ResponseFinishReasons, answer.FinishReasons.ToArray());
        span?.SetTag(GenAI.ResponseTimeToFirstChunk, firstChunk?.TotalSeconds);
        span?.SetTag(GenAI.UsageInputTokens, answer.InputTokens);
        span?.SetTag(GenAI.UsageOutputTokens, answer.OutputTokens);
        span?.SetTag(GenAI.UsageCacheReadInputTokens, answer.CachedTokens);
        span?.SetTag(GenAI.UsageReasoningOutputTokens, answer.ReasoningTokens);
        if (error is not null)
        {
            span?.SetTag(GenAI.ErrorType, error);
            // A client that goes away is no failure of the call.
            if (error != ClientDisconnect)
                span?.SetStatus(ActivityStatusCode.Error);
        }

        // Metrics carry the base model: tuned names are as many as there are jobs.
        var tags = new TagList
        {
            { GenAI.OperationName, GenAI.Chat },
            { GenAI.ProviderName, route.Provider.TelemetryName },
            { GenAI.RequestModel, route.BaseModel },
        };
        if (answer.InputTokens is { } input)
            Tokens.Record(input, [.. tags, new(GenAI.TokenType, "input")]);
        if (answer.OutputTokens is { } output)
            Tokens.Record(output, [.. tags, new(GenAI.TokenType, "output")]);
        if (firstChunk is { } first)
            TimeToFirstChunk.Record(first.TotalSeconds, tags);
        if (error is not null)
            tags.Add(GenAI.ErrorType, error);
        Duration.Record(elapsed.TotalSeconds, tags);
    }

    /// <summary>One question of an evaluation: a short trace of its own, linked to the request that asked for the evaluation.</summary>
    public static Activity? StartExample(string evaluation, string? createdBy, int example)
    {
        Activity.Current = null;
        var links = ActivityContext.TryParse(createdBy, null, isRemote: true, out var creation) ? new[] { new ActivityLink(creation) } : [];
        var span = Source.StartActivity("evaluate example", ActivityKind.Internal, default(ActivityContext), tags: null, links);
        span?.SetTag("fta.evaluation.id", evaluation);
        span?.SetTag("fta.example", example);
        return span;
    }
}
