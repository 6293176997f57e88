using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI;
using SdkChatClient = OpenAI.Chat.ChatClient;
using SdkChatCompletion = OpenAI.Chat.ChatCompletion;
using SdkChatMessage = OpenAI.Chat.ChatMessage;
using SdkChatOptions = OpenAI.Chat.ChatCompletionOptions;

namespace FineTuneAspire.ModelProvider.Chat;

/// <summary>Chat over the OpenAI SDK. The explicit retry policy matters: the SDK's default one sends four requests without a pause.</summary>
internal sealed class ChatClient(ProviderConnection connection, ProviderOptions options) : IChatClient
{
    private const int Retries = 2;

    public async Task<ChatAnswer> AskAsync(string model, IReadOnlyList<ChatMessage> messages, ChatSettings settings, CancellationToken cancellationToken)
    {
        using var span = ProviderTelemetry.Start("chat", connection.Provider, model);
        try
        {
            var sdk = Create(model);
            SdkChatCompletion completion = await sdk.CompleteChatAsync([.. messages.Select(ToSdk)], ToSdk(settings), cancellationToken);
            var finish = FinishReason(completion);
            span?.SetTag("gen_ai.response.model", completion.Model);
            span?.SetTag("gen_ai.response.finish_reasons", new[] { finish });
            span?.SetTag("gen_ai.usage.input_tokens", completion.Usage?.InputTokenCount);
            span?.SetTag("gen_ai.usage.output_tokens", completion.Usage?.OutputTokenCount);
            return new(string.Concat(completion.Content.Select(part => part.Text)), finish, completion.Usage?.InputTokenCount, completion.Usage?.OutputTokenCount, completion.Model);
        }
        catch (Exception exception) when (ToError(exception, cancellationToken) is not null)
        {
            var error = await ReadAsync(exception, cancellationToken);
            ProviderTelemetry.Fail(span, error);
            // The SDK's exception quotes the provider's text, which may repeat the key, and would be logged with ours.
            throw new ProviderException(error, exception is ClientResultException ? null : exception);
        }
    }

    private SdkChatClient Create(string model)
    {
        var client = new OpenAIClientOptions
        {
            Endpoint = connection.Provider.BaseUrl,
            Transport = new HttpClientPipelineTransport(connection.Http()),
            RetryPolicy = new ClientRetryPolicy(Retries),
            NetworkTimeout = options.Timeout,
        };
        // The SDK insists on a credential; a provider without a key gets a word that opens nothing.
        var key = new ApiKeyCredential(string.IsNullOrWhiteSpace(options.ApiKey) ? "none" : options.ApiKey);
        return connection.Provider.Kind == ProviderKinds.Azure
            ? new SdkChatClient(model, ApiKeyAuthenticationPolicy.CreateHeaderApiKeyPolicy(key, "api-key"), client)
            : new SdkChatClient(model, key, client);
    }

    private static SdkChatMessage ToSdk(ChatMessage message) => message.Role switch
    {
        "system" => SdkChatMessage.CreateSystemMessage(message.Content),
        "developer" => SdkChatMessage.CreateDeveloperMessage(message.Content),
        "user" => SdkChatMessage.CreateUserMessage(message.Content),
        "assistant" => SdkChatMessage.CreateAssistantMessage(message.Content),
        _ => throw new ArgumentException($"Role '{message.Role}' cannot be asked here; use system, developer, user or assistant.", nameof(message)),
    };

    private static SdkChatOptions ToSdk(ChatSettings settings) => new()
    {
        Temperature = settings.Temperature,
        MaxOutputTokenCount = settings.MaxCompletionTokens,
        Seed = settings.Seed,
    };

    private static string FinishReason(SdkChatCompletion completion) => completion.FinishReason switch
    {
        OpenAI.Chat.ChatFinishReason.Stop => "stop",
        OpenAI.Chat.ChatFinishReason.Length => "length",
        OpenAI.Chat.ChatFinishReason.ToolCalls => "tool_calls",
        OpenAI.Chat.ChatFinishReason.ContentFilter => "content_filter",
        _ => "function_call",
    };

    private static Exception? ToError(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        OperationCanceledException when cancellationToken.IsCancellationRequested => null,
        // After its retries the SDK throws all their exceptions together; the last one says where it ended.
        AggregateException aggregate => ToError(aggregate.InnerExceptions[^1], cancellationToken),
        ClientResultException or HttpRequestException or IOException or JsonException or OperationCanceledException or ArgumentOutOfRangeException or FormatException => exception,
        _ => null,
    };

    private async Task<ProviderError> ReadAsync(Exception exception, CancellationToken cancellationToken)
    {
        var cause = ToError(exception, cancellationToken)!;
        if (cause is not ClientResultException refused)
            return ProviderErrors.From(connection.Provider, cause is ArgumentOutOfRangeException or FormatException ? new InvalidDataException(cause.Message) : cause);
        if (refused.GetRawResponse() is not { } raw)
            return ProviderErrors.From(connection.Provider, refused.InnerException ?? refused);
        using var response = new HttpResponseMessage((System.Net.HttpStatusCode)raw.Status) { Content = new ReadOnlyMemoryContent(raw.Content.ToMemory()) };
        return await ProviderErrors.ReadAsync(connection.Provider, connection.ApiKey, response, connection.Clock, cancellationToken);
    }
}
