using FineTuneAspire.Inference.Chat;
using FineTuneAspire.Inference.Evaluations;
using FineTuneAspire.Inference.Models;
using FineTuneAspire.Inference.Persistence;
using FineTuneAspire.Messaging;
using FineTuneAspire.ModelProvider;
using FineTuneAspire.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDatabase();
if (args is [Database.MigrateVerb])
    return await builder.MigrateAsync(CancellationToken.None);

builder.AddModelProviders();
builder.AddMessaging<InferenceDb>("bus", consumers =>
{
    consumers.AddConsumer<RegisterModelConsumer>();
    consumers.AddConsumer<RunEvaluationConsumer>();
});
builder.AddModels();
builder.AddChat();
builder.AddEvaluations();

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
var v1 = app.MapV1();
v1.MapModels();
v1.MapChat();
v1.MapEvaluations();
await app.RunAsync();
return 0;

/// <summary>Named for tests.</summary>
public partial class Program;
