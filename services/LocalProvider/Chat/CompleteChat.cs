using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using FineTuneAspire.LocalModel;
using FineTuneAspire.LocalProvider.Models;
using FineTuneAspire.ServiceDefaults;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.LocalProvider.Chat;

/// <summary>`POST /v1/chat/completions`, in one piece or streamed.</summary>
internal static class CompleteChat
{
    public static async Task<Results<Ok<ChatCompletion>, EmptyHttpResult, ApiError>> Handle(
        ChatRequest request, HttpContext context, ModelCatalog models, ModelCache cache, ChatCapacity capacity, TimeProvider clock, ILogger<ChatCompletion> logger, CancellationToken cancellationToken)
    {
        if (request.Refusal() is { } refusal)
            return refusal;
        if (!request.TryReadMessages(out var messages, out var badMessage))
            return badMessage!;
        if (!request.TryReadStop(out var stop, out var badStop))
            return badStop!;
        if (await models.FindAsync(request.Model, cancellationToken) is not { } known)
            return NoSuchModel(request.Model);

        using var measured = new ChatSpan(request, clock, cancellationToken);
        LanguageModel model;
        try
        {
            model = await cache.GetAsync(known, cancellationToken);
        }
        catch (IOException) when (!File.Exists(Path.Combine(known.Folder, "config.json")))
        {
            // Deleted between the look-up and the load.
            return NoSuchModel(request.Model);
        }

        using var place = await capacity.EnterAsync(cancellationToken);
        var options = new SamplingOptions
        {
            Temperature = request.Temperature ?? 1,
            TopP = request.TopP ?? 1,
            MaxTokens = request.TokenLimit,
            Stop = stop,
            Seed = request.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue),
        };
        IEnumerable<GeneratedToken> tokens;
        try
        {
            tokens = new ChatGenerator(model).Generate(messages, options, cancellationToken);
        }
        catch (PromptTooLongException tooLong)
        {
            measured.Fail("context_length_exceeded");
            return ApiError.BadRequest(tooLong.Message, "messages", "context_length_exceeded");
        }

        var answer = new AnswerHead(PrefixedId.New("chatcmpl-", clock), clock.GetUtcNow().ToUnixTimeSeconds(), request.Model);
        if (request.Stream == true)
        {
            await ChatStream.WriteAsync(context.Response, answer, tokens, request.StreamOptions?.IncludeUsage == true, measured, logger, cancellationToken);
            return TypedResults.Empty;
        }

        var text = new StringBuilder();
        GeneratedToken? last = null;
        foreach (var token in measured.Watch(tokens))
        {
            text.Append(token.Text);
            last = token;
        }

        var choice = new ChatChoice(0, new ChatAnswer("assistant", text.ToString(), Refusal: null), Logprobs: null, answer.Reason(last!));
        return TypedResults.Ok(new ChatCompletion(answer.Id, "chat.completion", answer.Created, answer.Model, [choice], answer.Usage(last!), SystemFingerprint: null));
    }

    private static ApiError NoSuchModel(string model) =>
        ApiError.NotFound($"The model `{model}` does not exist or you do not have access to it.", "model", "model_not_found");
}

/// <summary>What every chunk of an answer repeats.</summary>
internal sealed record AnswerHead(string Id, long Created, string Model)
{
    public string Reason(GeneratedToken last) => last.Finish == FinishReason.Length ? "length" : "stop";

    public ChatUsage Usage(GeneratedToken last) => new(last.PromptTokens, last.CompletionTokens, last.PromptTokens + last.CompletionTokens);
}

/// <summary>The span and the two histograms of one chat call, from the request to its last token. Numbers and names only, never content.</summary>
internal sealed class ChatSpan : IDisposable
{
    private readonly Activity? _activity;
    private readonly TimeProvider _clock;
    private readonly long _started;
    private readonly TagList _tags;
    private readonly CancellationToken _aborted;
    private string? _error;

    public ChatSpan(ChatRequest request, TimeProvider clock, CancellationToken aborted)
    {
        (_clock, _started, _aborted) = (clock, clock.GetTimestamp(), aborted);
        _activity = ProviderTelemetry.Source.StartActivity($"chat {request.Model}");
        _tags = new TagList
        {
            { "gen_ai.operation.name", "chat" },
            { "gen_ai.provider.name", ProviderTelemetry.ProviderName },
            { "gen_ai.request.model", request.Model },
        };
        foreach (var tag in _tags)
            _activity?.SetTag(tag.Key, tag.Value);
        _activity?.SetTag("gen_ai.request.temperature", request.Temperature);
        _activity?.SetTag("gen_ai.request.top_p", request.TopP);
        _activity?.SetTag("gen_ai.request.max_tokens", request.TokenLimit);
        _activity?.SetTag("gen_ai.request.seed", request.Seed);
    }

    public void Fail(string errorType) => _error = errorType;

    /// <summary>Passes the tokens on and notes the first one's time and the last one's counts; an exception is noted and flies on.</summary>
    public IEnumerable<GeneratedToken> Watch(IEnumerable<GeneratedToken> tokens)
    {
        GeneratedToken? last = null;
        using var source = tokens.GetEnumerator();
        while (true)
        {
            try
            {
                if (!source.MoveNext())
                    break;
            }
            catch (Exception error)
            {
                Fail(error.GetType().FullName!);
                Note(last);
                throw;
            }

            if (last is null)
                ProviderTelemetry.TimeToFirstToken.Record(_clock.GetElapsedTime(_started).TotalSeconds, _tags);
            last = source.Current;
            yield return last;
        }

        Note(last);
    }

    private void Note(GeneratedToken? last)
    {
        if (last is null)
            return;
        _activity?.SetTag("gen_ai.usage.input_tokens", last.PromptTokens);
        _activity?.SetTag("gen_ai.usage.output_tokens", last.CompletionTokens);
        if (last.Finish is { } finish)
            _activity?.SetTag("gen_ai.response.finish_reasons", new[] { finish == FinishReason.Length ? "length" : "stop" });
    }

    public void Dispose()
    {
        var tags = _tags;
        if (_aborted.IsCancellationRequested)
            _error = "client_disconnect";
        if (_error is not null)
        {
            tags.Add("error.type", _error);
            _activity?.SetTag("error.type", _error);
            // A client that went away is not an error of this process.
            if (_error is not ("client_disconnect" or "context_length_exceeded"))
                _activity?.SetStatus(ActivityStatusCode.Error);
        }

        ProviderTelemetry.RequestDuration.Record(_clock.GetElapsedTime(_started).TotalSeconds, tags);
        _activity?.Dispose();
    }
}
