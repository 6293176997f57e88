using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.TestKit;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Tests.Importing;

/// <summary>What may not stand on a line may not stand in an element of an array either; the JSON library alone lets all of it through.</summary>
public class HostileArrayTests
{
    public static TheoryData<byte[], string> Table => new()
    {
        { [0xFF], "invalid_utf8" },
        { [0xC0, 0xAF], "invalid_utf8" },
        { [0xED, 0xA0, 0xBD], "invalid_utf8" },
        { "\\ud800"u8.ToArray(), "lone_surrogate" },
        { "\\u0000"u8.ToArray(), "null_character" },
        { "\",\"prompt\":\"twice"u8.ToArray(), "duplicate_key" },
        { "\",\"n\":1e999,\"x\":\""u8.ToArray(), "number_out_of_range" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Names_the_element_and_what_is_wrong(byte[] inPrompt, string code)
    {
        byte[] file = [.. "[{\"prompt\":\"a\",\"completion\":\"b\"},\n{\"prompt\":\""u8, .. inPrompt, .. "\",\"completion\":\"c\"}]"u8];
        var importer = new ImportFile(new FileStorage(Options.Create(new StorageOptions { Path = TestFolder.Create("array") })), Options.Create(new ValidationOptions()));
        await using var imported = await importer.HandleAsync(new MemoryStream(file), new ImportRequest(), TrainingMethod.Supervised, file: null, TestContext.Current.CancellationToken);
        Assert.Equal([$"2 {code}"], imported.Problems.ToList().Select(problem => $"{problem.Line} {problem.Code}"));
        Assert.Single(imported.SourceLines);
    }
}
