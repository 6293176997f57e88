using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Rows;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Validation;

internal static class ValidationRegistration
{
    public static void AddValidation(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<ValidationOptions>().BindConfiguration(ValidationOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<TrainingFileValidator>();
        services.AddSingleton<ValidationSignal>();
        services.AddSingleton<ValidationSignal.OnCommit>();
        services.ConfigureDbContext<DatasetsDbContext>((provider, options) => options.AddInterceptors(provider.GetRequiredService<ValidationSignal.OnCommit>()));
        services.AddSingleton<ImportFile>();
        services.AddSingleton<TakeRows>();
        services.AddScoped<ValidateJobFiles>();
        services.AddScoped<ValidateDatasetVersion>();
        services.AddHostedService<ValidationLoop>();
    }
}
