using System.Buffers;
using System.Diagnostics;
using System.Net.Http.Headers;
using FineTuneAspire.Inference.Models;
using FineTuneAspire.ModelProvider;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Inference.Chat;

/// <summary>
/// `POST /v1/chat/completions`: the client's bytes go to the provider of the model and the provider's bytes come back; only the model's
/// name changes on the way. There is one attempt: a chat call costs money, and a client that wants to try again does.
/// </summary>
internal sealed class CompleteChat
{
    public static async Task<IResult> Handle(
        HttpContext context, ModelRouter router, IProviders providers, IOptions<ChatOptions> options, TimeProvider clock, CancellationToken cancellationToken)
    {
        var json = await ReadBodyAsync(context.Request, options.Value.MaxRequestBytes, cancellationToken);
        if (json is null)
            return ApiError.TooLarge($"A chat request may have at most {options.Value.MaxRequestBytes:N0} bytes.", param: null);

        ChatRequestBody body;
        try
        {
            body = ChatRequestBody.Read(json);
        }
        catch (ChatRequestException refused)
        {
            return ApiError.BadRequest(refused.Message, refused.Param, refused.Code);
        }

        var (route, error) = await router.FindAsync(context.Project(), body.Model, cancellationToken);
        if (route is null)
            return error!;
        using var request = providers.CreateRequest(route.Provider.Name, HttpMethod.Post, "chat/completions");
        request.Content = new ByteArrayContent(route.UpstreamModel == body.Model ? json : ChatRequestBody.Splice(json, body.ModelSpan, route.UpstreamModel));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        using var call = new ChatCall(context, route, body.Facts, options.Value, clock);
        return await call.RunAsync(providers.GetHttpClient(route.Provider.Name), request);
    }

    /// <summary>The whole body, or null when it is larger than the limit.</summary>
    private static async Task<byte[]?> ReadBodyAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limit)
            return null;
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > limit)
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
