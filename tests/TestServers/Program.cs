using System.Runtime.InteropServices;
using System.Text.Json;
using FineTuneAspire.AppHost.WithoutAspire.Servers;

// usage: FineTuneAspire.TestServers FOLDER ADDRESSES.json
// Starts PostgreSQL, Redis and RabbitMQ in FOLDER, writes where they are, and stops them when asked to end.
if (args is not [var folder, var addresses])
{
    await Console.Error.WriteLineAsync("usage: FineTuneAspire.TestServers FOLDER ADDRESSES.json");
    return 2;
}

var asked = new TaskCompletionSource();
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);

await using var servers = await NativeServers.StartAsync(folder, (name, line) => Console.WriteLine($"{name} {line}"), CancellationToken.None);
PrivateFolder.Write(addresses, JsonSerializer.Serialize(servers.Addresses, JsonSerializerOptions.Web));
await asked.Task;
return 0;

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    asked.TrySetResult();
}
