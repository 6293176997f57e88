using System.Globalization;

namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>A user and its group, by number.</summary>
internal sealed record UnixAccount(uint User, uint Group)
{
    /// <summary>Whom PostgreSQL runs as: it refuses root. Null means: as ourselves.</summary>
    public static UnixAccount? ForPostgres() => Posix.IsRoot ? Find("postgres") ?? new UnixAccount(65534, 65534) : null;

    private static UnixAccount? Find(string name) => File.ReadLines("/etc/passwd")
        .Select(line => line.Split(':'))
        .Where(fields => fields.Length > 3 && fields[0] == name)
        .Select(fields => new UnixAccount(uint.Parse(fields[2], CultureInfo.InvariantCulture), uint.Parse(fields[3], CultureInfo.InvariantCulture)))
        .FirstOrDefault();
}
