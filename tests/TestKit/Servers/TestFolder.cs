namespace FineTuneAspire.TestKit;

/// <summary>Folders of this test process under the system's temporary folder, deleted at its end; those of killed test processes at the next start.</summary>
public static class TestFolder
{
    private static readonly Lazy<string> Root = new(CreateRoot);
    private static int _count;

    /// <summary>A new, empty folder.</summary>
    public static string Create(string name)
    {
        var folder = Path.Combine(Root.Value, $"{name}-{Interlocked.Increment(ref _count)}");
        Directory.CreateDirectory(folder);
        return folder;
    }

    private static string CreateRoot()
    {
        const string prefix = "fta-test-";
        foreach (var left in Directory.EnumerateDirectories(Path.GetTempPath(), prefix + "*"))
        {
            var name = Path.GetFileName(left)[prefix.Length..];
            if (int.TryParse(name, out var pid) && !Directory.Exists($"/proc/{pid}"))
                Delete(left);
        }

        var root = Path.Combine(Path.GetTempPath(), prefix + Environment.ProcessId);
        // A process of the same number may have left one.
        Delete(root);
        Directory.CreateDirectory(root);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Delete(root);
        return root;
    }

    private static void Delete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another test process cleans up as well, or a server still writes; the next start tries again.
        }
    }
}
