using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FineTuneAspire.ServiceDefaults.ApiKeys;

namespace FineTuneAspire.Studio.Keys;

/// <summary>
/// The verb `key NAME [--project P] --file F`: makes an API key, adds its hash to F (`{"ApiKeys":{"Keys":[…]}}`, mode 0600) and prints
/// the key, once, alone on standard output. Notes and errors go to standard error; the exit code is 0, 1 (refused) or 2 (usage).
/// </summary>
public static partial class CreateKey
{
    public const string Verb = "key";
    private const string Usage = "usage: key NAME [--project PROJECT] --file KEYS.json";
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static async Task<int> Handle(string[] args, TextWriter output, TextWriter notes, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (!TryParse(args, out var name, out var project, out var file, out var problem))
        {
            await notes.WriteLineAsync(problem);
            await notes.WriteLineAsync(Usage);
            return 2;
        }

        var path = Path.GetFullPath(file);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using var held = await LockAsync(path + ".lock", clock, cancellationToken);
            var document = await ReadAsync(path, cancellationToken);
            var keys = Keys(document, path);
            if (Find(keys, name) is { } taken)
            {
                await notes.WriteLineAsync(
                    $"A key named '{name}' already exists in {path} (project '{(string?)taken["Project"]}'). A key is shown only when it is made: choose another name, or remove that entry to revoke it.");
                return 1;
            }

            var key = ApiKey.Generate();
            keys.Add(new JsonObject
            {
                ["Name"] = name,
                ["Project"] = project,
                ["Sha256"] = ApiKey.Hash(key),
                ["CreatedAt"] = clock.GetUtcNow().UtcDateTime.ToString("O"),
            });
            await ReplaceAsync(path, document, cancellationToken);
            await output.WriteLineAsync(key);
            await notes.WriteLineAsync($"Key '{name}' for project '{project}' added to {path}. It is not shown again.");
            return 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await notes.WriteLineAsync(failure.Message);
            return 1;
        }
    }

    private static bool TryParse(string[] args, out string name, out string project, out string file, out string problem)
    {
        (name, project, file, problem) = ("", "default", "", "");
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--project" or "--file" when i + 1 == args.Length:
                    problem = $"{args[i]} needs a value.";
                    return false;
                case "--project":
                    project = args[++i];
                    break;
                case "--file":
                    file = args[++i];
                    break;
                case var option when option.StartsWith('-'):
                    problem = $"Unknown option {option}.";
                    return false;
                case var word when name.Length == 0:
                    name = word;
                    break;
                case var extra:
                    problem = $"'{extra}' is one name too many.";
                    return false;
            }
        }

        problem = (name.Length, file.Length) switch
        {
            (0, _) => "The key needs a name.",
            (_, 0) => "--file names the file that keeps the keys' hashes.",
            _ when !Word().IsMatch(name) => $"'{name}' is no key name: 1 to 64 letters, digits, '.', '_' or '-', a letter or digit first.",
            _ when !Word().IsMatch(project) => $"'{project}' is no project name: 1 to 64 letters, digits, '.', '_' or '-', a letter or digit first.",
            _ => "",
        };
        return problem.Length == 0;
    }

    /// <summary>Two verbs at once must not lose a key, so one waits for the other's lock; the operating system frees it when its owner dies.</summary>
    private static async Task<FileStream> LockAsync(string path, TimeProvider clock, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, Private(FileMode.OpenOrCreate));
            }
            catch (IOException) when (clock.GetElapsedTime(start) < LockPatience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), clock, cancellationToken);
            }
            catch (IOException busy)
            {
                throw new IOException($"Another process has held {path} for {LockPatience.TotalSeconds:0} s ({busy.Message}).", busy);
            }
        }
    }

    private static async Task<JsonObject> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            return [];
        try
        {
            return JsonNode.Parse(await File.ReadAllTextAsync(path, cancellationToken)) as JsonObject
                ?? throw new InvalidDataException($"{path} is not a JSON object of the form {{\"ApiKeys\":{{\"Keys\":[…]}}}}. Mend or move it; it was left as it is.");
        }
        catch (JsonException bad)
        {
            throw new InvalidDataException($"{path} is not JSON ({bad.Message}). Mend or move it; it was left as it is.", bad);
        }
    }

    private static JsonArray Keys(JsonObject document, string path)
    {
        var section = document["ApiKeys"] ??= new JsonObject();
        return section is JsonObject known && (known["Keys"] ??= new JsonArray()) is JsonArray keys
            ? keys
            : throw new InvalidDataException($"{path} holds something else at ApiKeys:Keys than a list of keys. Mend or move it; it was left as it is.");
    }

    private static JsonObject? Find(JsonArray keys, string name) =>
        keys.OfType<JsonObject>().FirstOrDefault(key => key["Name"] is JsonValue value && value.TryGetValue<string>(out var text) && text == name);

    /// <summary>A reader sees the old file or the new one, never half of either.</summary>
    private static async Task ReplaceAsync(string path, JsonObject document, CancellationToken cancellationToken)
    {
        var next = path + ".next";
        File.Delete(next);
        await using (var stream = new FileStream(next, Private(FileMode.CreateNew)))
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(document.ToJsonString(Indented) + "\n"), cancellationToken);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }

    private static FileStreamOptions Private(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Word();
}
