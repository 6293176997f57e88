namespace FineTuneAspire.LocalProvider.Chat;

internal static class ChatApi
{
    public static void AddChat(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<ChatCapacity>();

    public static void MapChat(this IEndpointRouteBuilder v1) => v1.MapPost("/chat/completions", CompleteChat.Handle).WithTags("Chat");
}

/// <summary>As many answers at once as there are processors: generating is all computation, and more at once would only make each slower.</summary>
internal sealed class ChatCapacity
{
    private readonly SemaphoreSlim _free = new(Environment.ProcessorCount);

    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        return new Place(_free);
    }

    private sealed class Place(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
