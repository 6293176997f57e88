using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.AppHost.Tests;

/// <summary>deploy/compose.yaml against what AppHost.cs describes.</summary>
public sealed partial class ComposeFileTests
{
    private static readonly DirectoryInfo Output = new(AppContext.BaseDirectory.TrimEnd('/')); // tests/AppHost/bin/CONFIGURATION/net10.0
    private static readonly string Root = Output.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
    private static readonly string Compose = File.ReadAllText(Path.Combine(Root, "deploy", "compose.yaml"));

    [Fact]
    public async Task Every_service_server_and_migration_of_the_app_host_is_a_service_of_the_compose_file()
    {
        var services = ServicesOfCompose();

        foreach (var resource in await DescribedAsync())
        {
            if (resource.Type is "project" or "server")
                Assert.Contains(resource.Name, services.Keys);
        }
    }

    [Fact]
    public async Task Every_variable_of_a_service_is_given_to_it_in_the_compose_file()
    {
        var services = ServicesOfCompose();
        foreach (var resource in (await DescribedAsync()).Where(resource => resource.Type == "project"))
        {
            foreach (var variable in resource.Environment)
                Assert.True(services[resource.Name].Contains($" {variable}:", StringComparison.Ordinal), $"{resource.Name} gets {variable} from AppHost.cs and not from deploy/compose.yaml");
        }
    }

    [Fact]
    public async Task Only_what_the_app_host_shows_outside_and_the_dashboard_have_a_port()
    {
        var external = (await DescribedAsync()).Where(resource => resource.External).Select(resource => resource.Name).Append("dashboard").Order();

        Assert.Equal(external, ServicesOfCompose().Where(service => service.Value.Contains("\n    ports:", StringComparison.Ordinal)).Select(service => service.Key).Order());
    }

    [Fact]
    public async Task Every_database_of_the_app_host_is_created()
    {
        foreach (var database in (await DescribedAsync()).Where(resource => resource.Type == "database"))
            Assert.Contains($"CREATE DATABASE \"{database.Name}\"", Compose, StringComparison.Ordinal);
    }

    private sealed record Described(string Name, string Type, bool External, string[] Environment, string[] WaitsFor);

    private static async Task<IReadOnlyList<Described>> DescribedAsync()
    {
        var file = Path.Combine(TestFolder.Create("manifest"), "manifest.json");
        var program = Path.Combine(Root, "AppHost", "bin", "native", Output.Parent!.Name, Output.Name, "FineTuneAspire.AppHost.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, "--publisher", "manifest", "--output-path", file]))!;
        await process.WaitForExitAsync();
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
        return JsonDocument.Parse(await File.ReadAllTextAsync(file)).RootElement.GetProperty("resources").Deserialize<List<Described>>(options)!;
    }

    /// <summary>The text of each service, with the texts that it takes over by `&lt;&lt;: *name` put in; enough of YAML for this one file.</summary>
    private static Dictionary<string, string> ServicesOfCompose()
    {
        var anchors = new Dictionary<string, string>();
        var services = new Dictionary<string, string>();
        foreach (var section in TopLevel().Split(Compose))
        {
            if (section.StartsWith("services:", StringComparison.Ordinal))
            {
                foreach (var service in SecondLevel().Split(section).Where(part => ServiceName().IsMatch(part)))
                    services[ServiceName().Match(service).Groups[1].Value] = Resolve(service);
            }
            else
            {
                Resolve(section);
            }
        }

        return services;

        string Resolve(string block)
        {
            var text = TakenOver().Replace(block, match => match.Value + "\n" + string.Concat(Name().Matches(match.Value).Select(name => anchors[name.Groups[1].Value])));
            if (Anchor().Match(block) is { Success: true } anchor)
                anchors[anchor.Groups[1].Value] = text;
            return text;
        }
    }

    [GeneratedRegex(@"^(?=[a-z])", RegexOptions.Multiline)]
    private static partial Regex TopLevel();

    [GeneratedRegex(@"^(?=  [a-z])", RegexOptions.Multiline)]
    private static partial Regex SecondLevel();

    [GeneratedRegex(@"<<: .*$", RegexOptions.Multiline)]
    private static partial Regex TakenOver();

    [GeneratedRegex(@"\*([a-z]+)")]
    private static partial Regex Name();

    [GeneratedRegex(@"^ *[a-z-]+: &([a-z]+)")]
    private static partial Regex Anchor();

    [GeneratedRegex(@"^  ([a-z-]+):")]
    private static partial Regex ServiceName();
}
