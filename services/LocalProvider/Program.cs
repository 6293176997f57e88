using FineTuneAspire.LocalProvider.Chat;
using FineTuneAspire.LocalProvider.Files;
using FineTuneAspire.LocalProvider.FineTuning;
using FineTuneAspire.LocalProvider.Models;
using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.LocalProvider.Pretraining;
using FineTuneAspire.ServiceDefaults;

if (args is ["pretrain", ..])
    return PretrainBase.Run(args[1..]);

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddProviderDatabase();
builder.AddFiles();
builder.AddModels();
builder.AddFineTuning();
builder.AddChat();

var app = builder.Build();
await app.MigrateProviderDatabaseAsync();

app.UseServiceDefaults();
app.MapDefaultEndpoints();
var v1 = app.MapV1();
v1.MapFiles();
v1.MapModels();
v1.MapFineTuning();
v1.MapChat();

app.Run();
return 0;
