using FineTuneAspire.ServiceDefaults;
using FineTuneAspire.Studio.Keys;
using FineTuneAspire.Studio.Pages;
using FineTuneAspire.Studio.Routing;

if (args is [CreateKey.Verb, ..])
    return await CreateKey.Handle(args[1..], Console.Out, Console.Error, TimeProvider.System, CancellationToken.None);

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddFrontDoor();
builder.AddFirstPage();

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapFirstPage();
app.MapFrontDoor();
await app.RunAsync();
return 0;

/// <summary>Named for tests.</summary>
public partial class Program;
