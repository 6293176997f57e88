using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Messaging;
using FineTuneAspire.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDatabase();
builder.AddMessaging<DatasetsDbContext>("bus");
builder.AddFiles();

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
await app.RunAsync();

public partial class Program;
