using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Collecting.Web;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.TestKit;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Tests.Fuzzing;

/// <summary>What holds for every input. FsCheck prints the seed and the smallest input that breaks a property.</summary>
public sealed class PropertyTests
{
    private readonly string folder = TestFolder.Create("properties");
    private readonly ImportFile importer;

    public PropertyTests() => importer = new ImportFile(new FileStorage(Options.Create(new StorageOptions { Path = folder })), Options.Create(new ValidationOptions()));

    /// <summary>Texts of every plane, with what separates lines and fields.</summary>
    private static readonly Gen<string> Texts =
        from runes in Gen.ListOf(Gen.OneOf(
            Gen.Choose(0x20, 0x7E), Gen.Choose(0xA1, 0xD7FF), Gen.Choose(0xE000, 0xFFFD), Gen.Choose(0x10000, 0x10FFFF), Gen.Elements(0x0A, 0x0D, 0x09, 0x22, 0x2C, 0x5C, 0x85, 0x2028, 0x2029, 0xFEFF)))
        select string.Concat(runes.Select(rune => new Rune(rune).ToString()));

    private static readonly Gen<string> Contents = Texts.Where(text => !string.IsNullOrWhiteSpace(text));

    private static Gen<JsonNode?> Json(int depth) => Gen.OneOf([
        Texts.Select(text => (JsonNode?)JsonValue.Create(text)), Gen.Choose(-5, 99).Select(number => (JsonNode?)JsonValue.Create(number)), Gen.Elements<JsonNode?>(null, JsonValue.Create(true)),
        .. depth == 0 ? [] : new[] { Gen.ListOf(Json(depth - 1)).Select(items => (JsonNode?)new JsonArray([.. items.Take(4).Select(item => item?.DeepClone())])), Object(depth - 1).Select(one => (JsonNode?)one) }]);

    /// <summary>Objects with the names that the importers look for, and any values.</summary>
    private static Gen<JsonObject> Object(int depth) =>
        from fields in Gen.ListOf(
            from name in Gen.Elements(
                "messages", "role", "content", "prompt", "completion", "instruction", "input", "output", "system", "conversations", "from", "value", "question", "choices", "options", "answer", "answers",
                "label", "passage", "context", "questions", "preferred_output", "non_preferred_output", "tools", "tool_calls", "function", "arguments", "weight", "type", "x")
            from value in Json(depth)
            select (name, value))
        select new JsonObject(fields.DistinctBy(field => field.name).Take(8).Select(field => KeyValuePair.Create(field.name, field.value?.DeepClone())));

    private async Task<(string[] Lines, ImportedFile File, FileValidation Validation)> ReadAsync(string source, TrainingMethod method = TrainingMethod.Supervised)
    {
        await using var imported = await importer.HandleAsync(new MemoryStream(Encoding.UTF8.GetBytes(source)), new ImportRequest(), method, file: null, CancellationToken.None);
        var lines = await new StreamReader(imported.Rewind(), leaveOpen: true).ReadToEndAsync();
        return (lines.Split('\n', StringSplitOptions.RemoveEmptyEntries), imported, await ChatFiles.Validator.ValidateAsync(imported, FileRole.Training, method, null, (_, _, _) => { }));
    }

    private static void Check<T>(Gen<T> inputs, Func<T, Task> holds, int tests = 200) =>
        Prop.ForAll(inputs.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(tests));

    [Fact]
    public void Records_of_any_values_are_read_or_refused_and_never_thrown() => Check(
        from records in Gen.NonEmptyListOf(Object(3))
        from isArray in Gen.Elements(true, false)
        from method in Gen.Elements(TrainingMethod.Supervised, TrainingMethod.Dpo, TrainingMethod.Reinforcement)
        select (records, isArray, method),
        async input =>
        {
            var lines = input.records.Select(record => record.ToJsonString());
            var (converted, file, validation) = await ReadAsync(input.isArray ? $"[{string.Join(',', lines)}]" : string.Join('\n', lines), input.method);
            Assert.Equal(validation.IsValid, validation.Problems.FirstError is null);
            if (file.IsConverted)
                Assert.Equal(file.SourceLines.Count, converted.Length);
        });

    [Fact]
    public void Texts_come_through_an_import_as_they_were() => Check(
        Gen.NonEmptyListOf(from prompt in Contents from completion in Contents select (prompt, completion)),
        async pairs =>
        {
            var (lines, _, _) = await ReadAsync(string.Join('\n', pairs.Select(pair => JsonSerializer.Serialize(new { pair.prompt, pair.completion }))));
            var read = lines.Select(line => JsonNode.Parse(line)!["messages"]!.AsArray()).Select(messages => (prompt: messages[0]!["content"]!.GetValue<string>(), completion: messages[1]!["content"]!.GetValue<string>()));
            // All but the white space around them, which the old form wanted.
            Assert.Equal(pairs.Select(pair => (pair.prompt.Trim(), pair.completion.Trim())), read);
        });

    /// <summary>However the bytes arrive, the verdict is the same.</summary>
    [Fact]
    public void A_verdict_does_not_depend_on_how_the_bytes_come() => Check(
        from number in Gen.Choose(0, 100_000)
        from sizes in Gen.NonEmptyListOf(Gen.Choose(1, 300))
        select (number, sizes),
        async input =>
        {
            var (method, file) = Mutations.Create(input.number);
            var whole = await ChatFiles.Validator.ValidateAsync(new MemoryStream(file), FileRole.Training, method);
            var pieces = await ChatFiles.Validator.ValidateAsync(new Trickle(file, [.. input.sizes]), FileRole.Training, method);
            Assert.Equal(whole.Problems.ToList().Select(ChatFiles.Brief), pieces.Problems.ToList().Select(ChatFiles.Brief));
        });

    [Fact]
    public void A_robots_txt_of_any_bytes_gives_an_answer_to_any_path() => Check(
        from lines in Gen.ListOf(
            from key in Gen.Elements("User-agent", "Disallow", "Allow", "Crawl-delay", "Sitemap", "")
            from value in Gen.OneOf(Texts, Gen.Elements("*", "/", "/*a*$", "%", "%zz", "%C3%BC", "FineTuneAspire", "1e9"))
            select $"{key}: {value}")
        from path in Texts
        select (lines, path),
        input =>
        {
            var address = new Uri("https://example.org/" + Uri.EscapeDataString(input.path));
            var rules = RobotsTxt.Parse(Encoding.UTF8.GetBytes(string.Join('\n', input.lines)), "FineTuneAspire");
            _ = rules.Allows(address);
            Assert.True(rules.CrawlDelay is null || rules.CrawlDelay >= TimeSpan.Zero);
            return Task.CompletedTask;
        });

    [Fact]
    public void A_file_name_of_any_text_is_made_safe_once_and_for_all() => Check(
        Gen.OneOf(Texts, from parts in Gen.ListOf(Gen.Elements("..", "/", "\\", "\0", "\r\n", "\u202E", "a", ".", " ", "C:", "\ud800")) select string.Concat(parts)),
        name =>
        {
            var safe = FileName.Safe(name);
            Assert.NotEmpty(safe);
            Assert.True(Encoding.UTF8.GetByteCount(safe) <= FileName.MaxBytes);
            Assert.DoesNotContain(safe, character => character is '/' or '\\' or < ' ' or '\u202E' or '\u2028' || char.IsSurrogate(character) && !safe.EnumerateRunes().Any(rune => rune.Utf16SequenceLength == 2));
            Assert.True(safe is not ("." or ".."));
            Assert.Equal(safe, FileName.Safe(safe));
            return Task.CompletedTask;
        });

    /// <summary>A stream that gives a few bytes at a time.</summary>
    private sealed class Trickle(byte[] bytes, int[] sizes) : MemoryStream(bytes)
    {
        private int reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, sizes[reads++ % sizes.Length])], cancellationToken);
    }
}
