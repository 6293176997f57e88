using System.Text;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.Datasets.Validation;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Tests.Fuzzing;

/// <summary>Valid files of every form, edited at random places. One number gives one file, again and again.</summary>
internal static class Mutations
{
    private const string Chat = """{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Frage é \ud83d\ude00 %?"},{"role":"assistant","content":"Answer #."}]}""";
    private const string Tools = """{"messages":[{"role":"user","content":[{"type":"text","text":"Look #"},{"type":"image_url","image_url":{"url":"https://example.org/%.png"}}]},{"role":"assistant","tool_calls":[{"id":"c%","type":"function","function":{"name":"f","arguments":"{\"a\":[1,2.5e3]}"}}],"weight":1},{"role":"tool","tool_call_id":"c%","content":"r"},{"role":"assistant","content":"done","weight":0}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"parallel_tool_calls":false}""";

    /// <summary>The line of a form, with `%` for its number, and the method whose form it is.</summary>
    private static readonly (TrainingMethod Method, string Line)[] Forms =
    [
        (TrainingMethod.Supervised, Chat),
        (TrainingMethod.Supervised, Tools),
        (TrainingMethod.Dpo, """{"input":{"messages":[{"role":"user","content":"Q%"}],"tools":[]},"preferred_output":[{"role":"assistant","content":"good %"}],"non_preferred_output":[{"role":"assistant","content":"bad %"}]}"""),
        (TrainingMethod.Reinforcement, """{"messages":[{"role":"user","content":"What is %?"}],"answer":%,"unit":["a",null,true,1.5]}"""),
        (TrainingMethod.Supervised, """{"prompt":"P% ->","completion":" C%"}"""),
        (TrainingMethod.Supervised, """{"instruction":"Add %.","input":"2","output":"4","system":"Be brief"}"""),
        (TrainingMethod.Supervised, """{"conversations":[{"from":"human","value":"Hi %"},{"from":"gpt","value":"Yes"}]}"""),
        (TrainingMethod.Supervised, """{"question":"Q%","choices":["3","4","5"],"answer":1,"passage":"P"}"""),
        (TrainingMethod.Supervised, """{"context":"P","question":"Q%","answers":["v","w","x","y","z"],"label":4,"id_string":"i%"}"""),
        (TrainingMethod.Supervised, """{"id":"p%","passage":"P%","questions":[{"id":"q","question":"Q%","options":["a","b","c","d","e"],"answer":"C"}]}"""),
    ];

    private static readonly byte[] Bytes =
        [0, 1, .. "\"\\{}[],:\n\r\t ;|u09e-+.n/"u8, 0x7F, 0x80, 0xC0, 0xED, 0xA0, 0xEF, 0xBB, 0xBF, 0xF4, 0xFF];

    private static readonly byte[][] Words =
    [
        .. new[] { "\"messages\"", "null", "1e999", "-0", "\\ud800", "\\u0000", "true", "\"role\":\"user\"", "\"role\":\"tool\"", "{}", "[]", "\"\"", "[[[[[[[[", "\r\n", "\n\n", "\"\"\"", "NaN", "\u2028", "\uFEFF", "𝔘" }.Select(Encoding.UTF8.GetBytes),
        [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xF5, 0x80, 0x80, 0x80], [0xEF, 0xBB, 0xBF],
    ];

    public static (TrainingMethod Method, byte[] File) Create(int number)
    {
        var random = new Random(number);
        var (method, line) = Forms[random.Next(Forms.Length)];
        var lines = Enumerable.Range(1, random.Next(10, 16)).Select(i => line.Replace("%", i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        List<byte> file = [.. Encoding.UTF8.GetBytes(random.Next(6) switch
        {
            0 => $"[{string.Join(",\n", lines)}]",
            1 => Table(random, ','),
            2 => Table(random, '\t'),
            _ => string.Join('\n', lines) + "\n",
        })];
        for (var edits = random.Next(2) == 0 ? 1 : random.Next(1, 8); edits > 0 && file.Count > 0; edits--)
        {
            var at = random.Next(file.Count);
            var length = Math.Min(random.Next(1, 60), file.Count - at);
            switch (random.Next(8))
            {
                case 0: file[at] = Bytes[random.Next(Bytes.Length)]; break;
                case 1: file.Insert(at, Bytes[random.Next(Bytes.Length)]); break;
                case 2: file.RemoveRange(at, length); break;
                case 3: file.InsertRange(at, file.GetRange(at, length)); break;
                case 4: file.InsertRange(at, Words[random.Next(Words.Length)]); break;
                case 5: file.InsertRange(random.Next(file.Count), file.GetRange(at, length)); break;
                case 6 when random.Next(20) == 0: file.RemoveRange(at, file.Count - at); break;
                default: file[at] ^= (byte)(1 << random.Next(8)); break;
            }
        }

        return (method, [.. file]);
    }

    private static string Table(Random random, char separator)
    {
        var rows = Enumerable.Range(1, 12).Select(i => string.Join(separator, [$"\"P{i}, \"\"quoted\"\"\"", random.Next(3) == 0 ? "\"two\nlines\"" : $"C{i}"]));
        return $"prompt{separator}completion\n{string.Join("\r\n", rows)}\n";
    }
}

/// <summary>The way of a file from upload to verdict, without the network: it is read, converted and validated, and nothing may be thrown, hang or stay behind.</summary>
internal sealed class FuzzedPipeline
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly string folder;
    private readonly ImportFile importer;
    private readonly TrainingFileValidator validator;

    public FuzzedPipeline(string folder)
    {
        var limits = Options.Create(new ValidationOptions());
        this.folder = folder;
        importer = new ImportFile(new FileStorage(Options.Create(new StorageOptions { Path = folder })), limits);
        validator = new TrainingFileValidator(new ChatTokens(), limits);
    }

    /// <returns>Whether the file was accepted.</returns>
    /// <exception cref="FuzzException">What must not happen; the message says how to repeat it.</exception>
    public async Task<bool> RunAsync(int number)
    {
        var (method, file) = Mutations.Create(number);
        try
        {
            using var deadline = new CancellationTokenSource(Deadline);
            // Not on the caller's thread: a loop that never awaits must be noticed too.
            var validation = await Task.Run(() => ValidateAsync(method, file, deadline.Token)).WaitAsync(Deadline * 2);
            if (validation.IsValid != validation.Problems.FirstError is null)
                throw new InvalidOperationException("The verdict does not fit the problems.");
            if (validation.Problems.ToList().FirstOrDefault(problem => string.IsNullOrWhiteSpace(problem.Message) || problem.Line < 1) is { } empty)
                throw new InvalidOperationException($"The problem {empty.Code} has no words or no line.");
            return validation.IsValid;
        }
        catch (Exception failure)
        {
            throw new FuzzException(number, failure);
        }
    }

    public int LeftBehind() => Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length;

    private async Task<FileValidation> ValidateAsync(TrainingMethod method, byte[] file, CancellationToken cancellationToken)
    {
        await using var imported = await importer.HandleAsync(new MemoryStream(file), new ImportRequest(), method, file: null, cancellationToken);
        return await validator.ValidateAsync(imported, FileRole.Training, method, file: null, (_, _, _) => { }, cancellationToken);
    }
}

internal sealed class FuzzException(int number, Exception inner) : Exception($"File {number} must be accepted or refused; instead: {inner.GetType().Name}: {inner.Message} Repeat it with: ./bench fuzz --from {number} --files 1", inner);
