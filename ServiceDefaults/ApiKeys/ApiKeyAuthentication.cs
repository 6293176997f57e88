using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.ServiceDefaults.Internal;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.ServiceDefaults.ApiKeys;

/// <summary>`Authorization: Bearer` against the configured keys. The key names the project; a route reads it with `context.Project()`.</summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IOptionsMonitor<ApiKeysOptions> keys, KnownKeys projectKeys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "ApiKey";
    private const string Bearer = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        // Azure-style clients send the key in `api-key`.
        var key = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : Request.Headers["api-key"].ToString();
        if (key.Length == 0)
            return Task.FromResult(AuthenticateResult.NoResult());

        var known = keys.CurrentValue;
        if (Matches(key, known.Internal))
        {
            var project = Request.Headers[InternalCalls.ProjectHeader].ToString();
            return Task.FromResult(project.Length > 0 ? Success(project, name: null, isInternal: true) : AuthenticateResult.Fail("An internal call must name its project."));
        }

        if (Matches(key, known.Single))
            return Task.FromResult(Success("default", name: null, isInternal: false));

        var hash = Encoding.ASCII.GetBytes(ApiKey.Hash(key));
        ProjectKey? match = null;
        foreach (var candidate in projectKeys.All)
        {
            // Every candidate is compared, in constant time, so that the time taken tells nothing.
            if (CryptographicOperations.FixedTimeEquals(hash, Encoding.ASCII.GetBytes(candidate.Sha256)))
                match = candidate;
        }

        return Task.FromResult(match is null ? AuthenticateResult.Fail("Unknown key.") : Success(match.Project, match.Name, isInternal: false));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        var given = Request.Headers.Authorization.Count > 0 || Request.Headers.ContainsKey("api-key");
        return (given
            ? ApiError.Unauthorized("Incorrect API key provided. `./run key NAME` prints a new one.")
            : ApiError.Unauthorized("You didn't provide an API key. Send it as `Authorization: Bearer YOUR_KEY`.", code: null)).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        ApiError.Forbidden("This key may not do that.").ExecuteAsync(Context);

    private static bool Matches(string given, string? expected) =>
        !string.IsNullOrEmpty(expected) && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));

    private AuthenticateResult Success(string project, string? name, bool isInternal)
    {
        var identity = new ClaimsIdentity(SchemeName);
        if (name is not null)
            identity.AddClaim(new Claim(ProjectClaims.KeyNameClaim, name));
        identity.AddClaim(new Claim(ProjectClaims.ProjectClaim, project));
        if (isInternal)
            identity.AddClaim(new Claim(ProjectClaims.InternalClaim, "true"));
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }
}

/// <summary>Who is calling, for route handlers.</summary>
public static class ProjectClaims
{
    internal const string ProjectClaim = "fta.project";
    internal const string KeyNameClaim = "fta.key";
    internal const string InternalClaim = "fta.internal";

    /// <summary>The project of the caller's key. Every query for a row is filtered by it.</summary>
    public static string ProjectName(this ClaimsPrincipal user) => user.FindFirstValue(ProjectClaim) ?? throw new InvalidOperationException("The route does not require a key.");

    /// <summary>The name of the caller's key, to say who did something; null for calls without a named key.</summary>
    public static string? KeyName(this ClaimsPrincipal user) => user.FindFirstValue(KeyNameClaim);

    /// <summary>True when one of our own services calls on a project's behalf.</summary>
    public static bool IsInternal(this ClaimsPrincipal user) => user.HasClaim(InternalClaim, "true");

    /// <inheritdoc cref="ProjectName"/>
    public static string Project(this HttpContext context) => context.User.ProjectName();
}

internal static class ApiKeyRegistration
{
    public static void AddApiKeys(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ApiKeysOptions>().BindConfiguration(ApiKeysOptions.Section)
            .Validate(keys => keys.Keys.TrueForAll(key => key is { Project.Length: > 0, Sha256.Length: 64 }),
                "Each entry of ApiKeys:Keys needs a Project and a Sha256 of 64 hex digits; `./run key NAME` makes one.")
            .ValidateOnStart();
        builder.Services.AddSingleton<KnownKeys>();
        builder.Services.AddAuthentication(ApiKeyAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        builder.Services.AddAuthorization();
    }
}
