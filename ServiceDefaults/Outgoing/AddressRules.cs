using System.Net;
using System.Net.Sockets;

namespace FineTuneAspire.ServiceDefaults.Outgoing;

/// <summary>Which addresses may be connected to, by IANA's registries of special-purpose addresses.</summary>
internal static class AddressRules
{
    private static readonly IPNetwork[] Private = Networks(
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "::1/128", "fc00::/7");

    private static readonly IPNetwork[] NeverOfIPv4 = Networks(
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3");

    /// <summary>All that is handed out for the Internet; what lies outside (link-local, multicast, NAT64, mapped IPv4, …) is none of it.</summary>
    private static readonly IPNetwork GlobalIPv6 = IPNetwork.Parse("2000::/3");

    /// <summary>Inside of <see cref="GlobalIPv6"/>: protocol assignments with Teredo, documentation, and 6to4, which embeds any IPv4 address.</summary>
    private static readonly IPNetwork[] NeverOfIPv6 = Networks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

    public static AddressKind KindOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (Within(Private, address))
            return AddressKind.Private;
        var isNever = address.AddressFamily == AddressFamily.InterNetwork ? Within(NeverOfIPv4, address) : !GlobalIPv6.Contains(address) || Within(NeverOfIPv6, address);
        return isNever ? AddressKind.Never : AddressKind.Public;
    }

    private static bool Within(IPNetwork[] networks, IPAddress address) => Array.Exists(networks, network => network.Contains(address));

    private static IPNetwork[] Networks(params string[] networks) => Array.ConvertAll(networks, network => IPNetwork.Parse(network));
}

internal enum AddressKind
{
    Public,

    /// <summary>This machine and private networks: only where an operator has named host and port.</summary>
    Private,

    /// <summary>Link-local (the cloud's metadata service), multicast, reserved, and translations of other addresses: no setting opens them.</summary>
    Never,
}
