using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.ModelProvider;

public static class ModelProviderRegistration
{
    /// <summary>Registers <see cref="IProviders"/> from section `Providers`; the process does not start while that section is wrong.</summary>
    public static IHostApplicationBuilder AddModelProviders(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddHttpClient();
        builder.Services.AddOptions<ProvidersOptions>().BindConfiguration(ProvidersOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<ProvidersOptions>, ValidateProvidersOptions>();
        builder.Services.AddSingleton<IConfigureOptions<HttpClientFactoryOptions>, ProviderHttp>();
        builder.Services.AddSingleton<IProviders, Providers>();
        return builder;
    }
}
