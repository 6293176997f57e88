using System.Text.Json;

namespace FineTuneAspire.AppHost.WithoutAspire.Running;

/// <summary>One profile of a project's Properties/launchSettings.json.</summary>
internal sealed record LaunchProfile(string Name, IReadOnlyList<Uri> Urls, IReadOnlyDictionary<string, string> Environment)
{
    private static readonly JsonDocumentOptions AsEditorsWriteIt = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The first profile that runs the project itself; null when the project has none.</summary>
    public static LaunchProfile? ReadFirst(string projectPath) => ReadAll(projectPath).FirstOrDefault();

    public static LaunchProfile Read(string projectPath, string name) => ReadAll(projectPath).FirstOrDefault(profile => profile.Name == name)
        ?? throw new InvalidOperationException($"{SettingsOf(projectPath)} has no profile '{name}' with commandName Project.");

    private static string SettingsOf(string projectPath) => Path.Combine(Path.GetDirectoryName(projectPath)!, "Properties", "launchSettings.json");

    private static List<LaunchProfile> ReadAll(string projectPath)
    {
        if (!File.Exists(SettingsOf(projectPath)))
            return [];
        using var document = JsonDocument.Parse(File.ReadAllBytes(SettingsOf(projectPath)), AsEditorsWriteIt);
        var found = new List<LaunchProfile>();
        foreach (var profile in document.RootElement.GetProperty("profiles").EnumerateObject())
        {
            if (profile.Value.GetProperty("commandName").GetString() != "Project")
                continue;
            var urls = profile.Value.TryGetProperty("applicationUrl", out var url) ? url.GetString() ?? "" : "";
            var variables = profile.Value.TryGetProperty("environmentVariables", out var environment)
                ? environment.EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value.GetString() ?? "")
                : [];
            found.Add(new LaunchProfile(profile.Name, [.. urls.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(text => new Uri(text))], variables));
        }

        return found;
    }
}
