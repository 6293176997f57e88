using System.Globalization;

namespace FineTuneAspire.ServiceDefaults.Outgoing;

/// <summary>Where requests to addresses that users name may go. Without an entry they go nowhere.</summary>
public sealed class OutgoingRules
{
    private readonly HashSet<string> hosts = new(StringComparer.Ordinal);
    private readonly HashSet<string> privateHosts;
    private readonly string setting;

    /// <param name="setting">The name of the setting that holds <paramref name="allowedHosts"/>: told to who is refused.</param>
    /// <param name="allowedHosts">`example.org` (port 443), `example.org:8443`, or `*.example.org` for its subdomains.</param>
    /// <param name="allowedPrivateAddresses">`host:port` of hosts in the operator's own network, whose addresses are not public.</param>
    /// <exception cref="FormatException">An entry is none of these; the message says which.</exception>
    public OutgoingRules(string setting, IEnumerable<string> allowedHosts, IEnumerable<string> allowedPrivateAddresses)
    {
        this.setting = setting;
        foreach (var entry in allowedHosts)
            hosts.Add(Normalize(entry, needsPort: false));
        privateHosts = new(allowedPrivateAddresses.Select(entry => Normalize(entry, needsPort: true)), StringComparer.Ordinal);
    }

    /// <returns>Null when the address may be asked for, else why not, for a person.</returns>
    public string? Refuse(Uri address)
    {
        if (!address.IsAbsoluteUri || address.Scheme != Uri.UriSchemeHttps)
            return "The address must begin with https://.";
        if (address.UserInfo.Length > 0)
            return "The address must not hold a user name or password.";
        // A dot at the end names the same host past an exact comparison; nobody needs it.
        if (address.IdnHost.EndsWith('.') || Uri.CheckHostName(address.Host) == UriHostNameType.Unknown)
            return "The address has no host that can be looked up.";
        return Allows(HostOf(address), address.Port)
            ? null
            : $"The host '{HostOf(address)}' on port {address.Port} is not allowed. An operator can add '{(address.Port == 443 ? HostOf(address) : $"{HostOf(address)}:{address.Port}")}' to the setting {setting}.";
    }

    internal bool AllowsPrivate(string host, int port) => privateHosts.Contains(Key(Bare(host), port));

    private bool Allows(string host, int port)
    {
        if (hosts.Contains(Key(host, port)))
            return true;
        for (var dot = host.IndexOf('.'); dot >= 0; dot = host.IndexOf('.', dot + 1))
        {
            if (hosts.Contains(Key("*" + host[dot..], port)))
                return true;
        }

        return false;
    }

    /// <summary>In lower case and punycode; IPv4 in dotted decimals however it was written (<see cref="Uri"/> sees to it), IPv6 without brackets.</summary>
    private static string HostOf(Uri address) => Bare(address.IdnHost);

    private static string Bare(string host) => host.Trim('[', ']').ToLowerInvariant();

    private static string Key(string host, int port) => string.Create(CultureInfo.InvariantCulture, $"{host}|{port}");

    private static string Normalize(string entry, bool needsPort)
    {
        var wildcard = !needsPort && entry.StartsWith("*.", StringComparison.Ordinal);
        var rest = wildcard ? entry[2..] : entry;
        var isPlain = rest.Length > 0 && rest.IndexOfAny(['/', '@', '?', '#', '*', ' ', '\\']) < 0 && !rest.EndsWith('.');
        if (!isPlain || !Uri.TryCreate($"https://{rest}", UriKind.Absolute, out var parsed) || parsed.IdnHost.Length == 0 || (needsPort && !EndsInPort(rest)))
            throw new FormatException($"'{entry}' is not {(needsPort ? "'host:port', for example 'minio.internal:9000'" : "a host such as 'example.org', 'example.org:8443' or '*.example.org'")}.");
        return Key((wildcard ? "*." : "") + HostOf(parsed), parsed.Port);
    }

    private static bool EndsInPort(string entry) => entry.LastIndexOf(':') is > 0 and var colon && entry.Length > colon + 1 && entry.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0 && entry[colon - 1] != ':';
}
