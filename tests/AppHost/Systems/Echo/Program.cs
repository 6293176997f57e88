using System.Globalization;

if (args is ["end", var code])
{
    Console.WriteLine("\u001b[31mabout to end\u001b[0m");
    return int.Parse(code, CultureInfo.InvariantCulture);
}

// A child that ignores being asked to end, and that nobody but its group's owner knows of.
if (Environment.GetEnvironmentVariable("WITH_STUBBORN_CHILD") is not null)
    System.Diagnostics.Process.Start("sh", ["-c", "trap '' TERM INT HUP; while :; do sleep 1; done"]);

var app = WebApplication.CreateBuilder(args).Build();
app.MapGet("/", () => Environment.GetEnvironmentVariables());
app.MapGet("/health", () => Results.StatusCode(File.Exists(Environment.GetEnvironmentVariable("SICK_WHILE_EXISTS")) ? 503 : 200));
await app.RunAsync();
return 0;
