using FineTuneAspire.ServiceDefaults.Internal;

namespace FineTuneAspire.Training.Jobs;

internal static class JobsRegistration
{
    public static void AddJobs(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<BaseModels>();
        builder.Services.AddInternalHttpClient<DatasetsClient>("datasets");
    }

    public static void AddJobCache(this IHostApplicationBuilder builder)
    {
        builder.AddRedisClient("cache", configureOptions: redis =>
        {
            // A read that waits for a reconnect would be slower than PostgreSQL.
            redis.BacklogPolicy = StackExchange.Redis.BacklogPolicy.FailFast;
        });
        builder.Services.AddSingleton<JobCache>();
        builder.Services.AddHostedService(services => services.GetRequiredService<JobCache>());
        builder.Services.AddSingleton<JobChanges>();
    }
}
