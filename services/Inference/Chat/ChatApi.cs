using System.Text.Json.Nodes;

namespace FineTuneAspire.Inference.Chat;

internal static class ChatApi
{
    public static void AddChat(this IHostApplicationBuilder builder) =>
        builder.Services.AddOptions<ChatOptions>().BindConfiguration(ChatOptions.Section).ValidateDataAnnotations().ValidateOnStart();

    public static void MapChat(this IEndpointRouteBuilder v1) =>
        v1.MapPost("/chat/completions", CompleteChat.Handle)
            .Accepts<JsonObject>("application/json")
            .Produces<JsonObject>(contentType: "application/json")
            .WithTags("Chat");
}
