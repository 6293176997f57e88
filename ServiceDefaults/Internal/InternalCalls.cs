using FineTuneAspire.ServiceDefaults.ApiKeys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;

namespace FineTuneAspire.ServiceDefaults.Internal;

/// <summary>Calls from one of our services to another: the internal key plus the project on whose behalf the call is made.</summary>
public static class InternalCalls
{
    public const string ProjectHeader = "X-FineTune-Project";
    private static readonly HttpRequestOptionsKey<string> Project = new("fta.project");

    /// <summary>Names the project of an internal request; sending one without it is a bug and throws.</summary>
    public static HttpRequestMessage OnBehalfOf(this HttpRequestMessage request, string project)
    {
        request.Options.Set(Project, project);
        return request;
    }

    /// <summary>
    /// An HttpClient for one of our services, by its resource name. Reads are retried by the standard handler; writes never are.
    /// The client has no overall time-out, because files and event streams take as long as they take: pass a token.
    /// </summary>
    public static IHttpClientBuilder AddInternalHttpClient<TClient>(this IServiceCollection services, string service) where TClient : class =>
        services.AddHttpClient<TClient>(http =>
        {
            http.BaseAddress = new Uri($"http://{service}");
            http.Timeout = Timeout.InfiniteTimeSpan;
        }).AddHttpMessageHandler<InternalKeyHandler>().AddReadResilience();

    /// <summary>
    /// Retries GET and HEAD three times within about two seconds when the server is away or answers 408, 429 or 5xx, and waits at most
    /// ten seconds for the headers of each try. A body, once begun, may take as long as it takes. Other methods go out once.
    /// </summary>
    public static IHttpClientBuilder AddReadResilience(this IHttpClientBuilder http)
    {
        http.AddResilienceHandler("reads", pipeline =>
        {
            var retry = new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = 3,
                Delay = TimeSpan.FromMilliseconds(200),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            };
            retry.DisableForUnsafeHttpMethods();
            pipeline.AddRetry(retry);
            pipeline.AddTimeout(new HttpTimeoutStrategyOptions
            {
                TimeoutGenerator = attempt => new(IsRead(attempt.Context.GetRequestMessage()) ? TimeSpan.FromSeconds(10) : Timeout.InfiniteTimeSpan),
            });
        });
        return http;
    }

    private static bool IsRead(HttpRequestMessage? request) => request?.Method == HttpMethod.Get || request?.Method == HttpMethod.Head;

    internal static void AddInternalCalls(this IHostApplicationBuilder builder) => builder.Services.AddTransient<InternalKeyHandler>();

    internal sealed class InternalKeyHandler(IOptionsMonitor<ApiKeysOptions> keys) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!request.Options.TryGetValue(Project, out var project))
                throw new InvalidOperationException($"{request.Method} {request.RequestUri} names no project; call OnBehalfOf.");
            request.Headers.Authorization = new("Bearer", keys.CurrentValue.Internal ?? throw new InvalidOperationException("ApiKeys:Internal is not configured."));
            request.Headers.Remove(ProjectHeader);
            request.Headers.Add(ProjectHeader, project);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
