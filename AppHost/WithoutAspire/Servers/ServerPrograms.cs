namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>Where the three servers' programs are, and how to get them where they are not.</summary>
internal static class ServerPrograms
{
    public const string InstallCommand = "apt-get update && apt-get install -y --no-install-recommends postgresql redis-server rabbitmq-server";

    public static string Redis => Find("redis-server");

    public static string Epmd => Find("epmd");

    /// <summary>Not the wrapper in /usr/sbin: that one changes user and home, and leaves a daemon listening on every interface.</summary>
    public static string RabbitMq => Find("rabbitmq-server", "/usr/lib/rabbitmq/bin");

    /// <summary>The folder with initdb and postgres: of the version that made the data, or the newest.</summary>
    public static string PostgresFolder(string? version)
    {
        const string installed = "/usr/lib/postgresql";
        var versions = Directory.Exists(installed) ? Directory.GetDirectories(installed).Select(Path.GetFileName).OfType<string>().ToList() : [];
        versions.RemoveAll(candidate => !File.Exists($"{installed}/{candidate}/bin/postgres"));
        if (version is not null && versions.Count > 0 && !versions.Contains(version))
            throw new InvalidOperationException($"The data were made by PostgreSQL {version}, which is not installed (found: {string.Join(", ", versions)}). Install postgresql-{version}.");

        var best = version ?? versions.MaxBy(candidate => int.TryParse(candidate, out var number) ? number : 0);
        return best is not null && versions.Contains(best) ? $"{installed}/{best}/bin" : Path.GetDirectoryName(Find("postgres"))!;
    }

    /// <summary>What a server gets to see of our environment: nothing that could steer it elsewhere.</summary>
    public static Dictionary<string, string> BareEnvironment(string home) => new()
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["HOME"] = home,
        ["LANG"] = "C.UTF-8",
    };

    private static string Find(string program, params string[] firstIn)
    {
        string[] folders = [.. firstIn, .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries), "/usr/local/bin", "/usr/bin", "/usr/sbin"];
        return folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"{program} is not installed. As root: {InstallCommand}");
    }
}
