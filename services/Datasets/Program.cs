using FineTuneAspire.Datasets.Annotation;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Collecting;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Lineage;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Recipes;
using FineTuneAspire.Datasets.Reports;
using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.Datasets.Uploads;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Messaging;
using FineTuneAspire.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDatabase();
builder.AddMessaging<DatasetsDbContext>("bus", bus =>
{
    bus.AddConsumer<ValidateTrainingFileConsumer>();
    bus.AddConsumer<JobEndedConsumer>();
});
builder.AddFiles();
builder.AddTokens();
builder.AddRecipes();
builder.AddReports();
builder.AddValidation();
builder.AddCollecting();
builder.AddAnnotation();

var app = builder.Build();
if (args is ["migrate"])
{
    await using var scope = app.Services.CreateAsyncScope();
    await scope.ServiceProvider.GetRequiredService<DatasetsDbContext>().Database.MigrateAsync();
    return;
}

app.UseServiceDefaults();
app.MapDefaultEndpoints();
var v1 = app.MapV1();
v1.MapFiles();
v1.MapUploads();
v1.MapImports();
v1.MapDatasets();
v1.MapRecipes();
v1.MapAnnotation();
await app.RunAsync();

public partial class Program;
