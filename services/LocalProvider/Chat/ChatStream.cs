using System.Text.Json;
using FineTuneAspire.LocalModel;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.ServiceDefaults.Json;

namespace FineTuneAspire.LocalProvider.Chat;

/// <summary>
/// A streamed answer as server-sent events: the role, the text as it comes, the finish reason, the usage when asked for, `[DONE]`.
/// After an error there is an `error` event and no `[DONE]`, so that half an answer never looks like a whole one.
/// </summary>
internal static partial class ChatStream
{
    public static async Task WriteAsync(
        HttpResponse response, AnswerHead answer, IEnumerable<GeneratedToken> tokens, bool includeUsage, ChatSpan measured, ILogger logger, CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        // Proxies that buffer (nginx) would hold the stream back.
        response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            GeneratedToken? last = null;
            await SendAsync(Choice(new ChatDelta { Role = "assistant", Content = "" }, null));
            foreach (var token in measured.Watch(tokens))
            {
                last = token;
                if (token.Text.Length > 0)
                    await SendAsync(Choice(new ChatDelta { Content = token.Text }, null));
            }

            await SendAsync(Choice(new ChatDelta(), answer.Reason(last!)));
            if (includeUsage)
                await SendAsync(Chunk([], answer.Usage(last!)));
            await response.WriteAsync("data: [DONE]\n\n", cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client has gone; nobody is left to tell.
        }
        catch (Exception broken)
        {
            LogBroken(logger, broken, answer.Id);
            var error = new ErrorBody(new ErrorDetail("The answer broke off with an error on the server. Send the request again.", "server_error", null, "stream_failed"));
            await response.WriteAsync($"event: error\ndata: {JsonSerializer.Serialize(error, WireJson.Options)}\n\n", cancellationToken);
        }

        ChatChunk Choice(ChatDelta delta, string? finish) => Chunk([new ChatChunkChoice(0, delta, Logprobs: null, finish)], usage: null);

        ChatChunk Chunk(IReadOnlyList<ChatChunkChoice> choices, ChatUsage? usage) => includeUsage
            ? new ChatChunkWithUsage(answer.Id, "chat.completion.chunk", answer.Created, answer.Model, null, choices, usage)
            : new ChatChunk(answer.Id, "chat.completion.chunk", answer.Created, answer.Model, null, choices);

        async Task SendAsync(ChatChunk chunk)
        {
            await response.WriteAsync($"data: {JsonSerializer.Serialize(chunk, chunk.GetType(), WireJson.Options)}\n\n", cancellationToken);
            await response.Body.FlushAsync(cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The streamed answer {CompletionId} broke off")]
    private static partial void LogBroken(ILogger logger, Exception exception, string completionId);
}
