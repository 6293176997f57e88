using FineTuneAspire.Pricing;

namespace FineTuneAspire.Datasets.Tokens;

internal static class TokensRegistration
{
    /// <summary>Loads the base models at once: a file that is wrong stops the start, not the first who asks. `BaseModels:Path` names another file than the shipped one.</summary>
    public static void AddTokens(this IHostApplicationBuilder builder)
    {
        var catalog = BaseModelCatalog.Load(builder.Configuration["BaseModels:Path"] is { Length: > 0 } path ? path : null);
        var o200k = new Lazy<ChatTokens>(() => new ChatTokens());
        builder.Services.AddOptions<TokensOptions>().BindConfiguration(TokensOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(catalog);
        builder.Services.AddSingleton(_ => o200k.Value);
        builder.Services.AddSingleton(new TokenCounters(catalog, () => o200k.Value));
        builder.Services.AddSingleton<CountTokens>();
        builder.Services.AddSingleton<BaseModelFittings>();
    }
}
