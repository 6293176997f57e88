using System.Text.Json;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.Studio.Keys;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Studio.Tests;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public class CreateKeyTests
{
    private readonly string _file = Path.Combine(TestFolder.Create("keys"), "private", "keys.json");

    private static async Task<(int Code, string Output, string Notes)> RunAsync(params string[] args)
    {
        var (output, notes) = (new StringWriter(), new StringWriter());
        var code = await CreateKey.Handle(args, output, notes, TimeProvider.System, CancellationToken.None);
        return (code, output.ToString(), notes.ToString());
    }

    private List<JsonElement> Keys() => [.. JsonDocument.Parse(File.ReadAllText(_file)).RootElement.GetProperty("ApiKeys").GetProperty("Keys").EnumerateArray()];

    [Fact]
    public async Task Prints_only_the_key_and_keeps_only_its_hash()
    {
        var (code, output, _) = await RunAsync("ann", "--project", "p1", "--file", _file);

        var key = output.TrimEnd('\n');
        Assert.Equal((0, true), (code, ApiKey.IsWellFormed(key)));
        var kept = Assert.Single(Keys());
        Assert.Equal(("ann", "p1", ApiKey.Hash(key)), (kept.GetProperty("Name").GetString(), kept.GetProperty("Project").GetString(), kept.GetProperty("Sha256").GetString()));
        Assert.DoesNotContain(key, File.ReadAllText(_file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_file));
    }

    [Fact]
    public async Task Loses_no_key_when_many_are_made_at_once()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => RunAsync($"k{i}", "--file", _file))));

        Assert.All(made, run => Assert.Equal(0, run.Code));
        Assert.Equal(made.Select(run => ApiKey.Hash(run.Output.Trim())).Order(), Keys().Select(key => key.GetProperty("Sha256").GetString()).Order());
    }

    [Fact]
    public async Task Refuses_a_name_that_is_taken_and_leaves_the_file_as_it_was()
    {
        await RunAsync("ann", "--file", _file);
        var before = await File.ReadAllTextAsync(_file);

        var (code, output, notes) = await RunAsync("ann", "--file", _file);

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("'ann' already exists", notes);
        Assert.Equal(before, await File.ReadAllTextAsync(_file));
    }

    [Fact]
    public async Task Leaves_a_file_alone_that_it_does_not_understand()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        await File.WriteAllTextAsync(_file, "not json");

        Assert.Equal(1, (await RunAsync("ann", "--file", _file)).Code);
        Assert.Equal("not json", await File.ReadAllTextAsync(_file));
    }

    [Theory]
    [InlineData]
    [InlineData("ann")]
    [InlineData("--file", "f")]
    [InlineData("ann", "--file")]
    [InlineData("ann", "bob", "--file", "f")]
    [InlineData("../x", "--file", "f")]
    [InlineData("ann", "--project", "a b", "--file", "f")]
    [InlineData("ann", "--what", "--file", "f")]
    public async Task Explains_its_use(params string[] args)
    {
        var (code, output, notes) = await RunAsync(args);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains("usage: key NAME", notes);
    }
}
