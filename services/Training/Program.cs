using FineTuneAspire.Messaging;
using FineTuneAspire.ModelProvider;
using FineTuneAspire.ServiceDefaults;
using FineTuneAspire.Training.Jobs;
using FineTuneAspire.Training.Persistence;
using FineTuneAspire.Training.Reconciling;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDatabase();
builder.AddJobCache();
builder.AddMessaging<TrainingDbContext>("bus", bus =>
{
    bus.AddConsumer<TrainingFileValidatedConsumer>();
    bus.AddConsumer<TrainingFileRejectedConsumer>();
});
builder.AddModelProviders();
builder.AddJobs();
builder.AddReconciling();

var app = builder.Build();
if (args is ["migrate"])
{
    await app.MigrateDatabaseAsync();
    return;
}

app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapV1().MapJobs();
app.MapInternalJobs();
app.Run();

public partial class Program;
