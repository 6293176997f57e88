using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>Addresses of machines, versions 4 and 6. Loopback and "any" addresses name nobody, and `v1.2.3.4` is a version.</summary>
internal static partial class IpFinder
{
    public static void Find(string text, List<Finding> findings)
    {
        if (text.Contains('.'))
        {
            foreach (Match match in FourNumbers().Matches(text))
                Add(text, match.Index, match.Length, AddressFamily.InterNetwork, findings);
        }

        if (!text.Contains(':'))
            return;
        foreach (Match match in HexGroups().Matches(text))
        {
            // `a::b` is a name in some programming languages: an address has a digit, and three groups or a well-known beginning.
            var groups = match.Value.Split(':', StringSplitOptions.RemoveEmptyEntries).Length;
            var length = match.Value.EndsWith(':') && !match.Value.EndsWith("::", StringComparison.Ordinal) ? match.Length - 1 : match.Length;
            if (match.ValueSpan.ContainsAnyInRange('0', '9') && (groups >= 3 || match.ValueSpan.StartsWith("fe80", StringComparison.OrdinalIgnoreCase) || match.ValueSpan[0] == '2'))
                Add(text, match.Index, length, AddressFamily.InterNetworkV6, findings);
        }
    }

    private static void Add(string text, int start, int length, AddressFamily family, List<Finding> findings)
    {
        if (!IPAddress.TryParse(text.AsSpan(start, length), out var address) || address.AddressFamily != family)
            return;
        if (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || address.Equals(IPAddress.Broadcast) || IsMask(address))
            return;
        findings.Add(new Finding(start, length, "IP", address.ToString()));
    }

    private static bool IsMask(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] == 255;

    [GeneratedRegex(@"(?<![\p{L}\p{N}.\-_])(?<!version\s)(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?![\p{L}\p{N}_]|\.\d|-[\p{L}\d])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex FourNumbers();

    [GeneratedRegex(@"(?<![\p{L}\p{N}:.])(?=[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{2,40}(?![\p{L}\p{N}:])", RegexOptions.CultureInvariant)]
    private static partial Regex HexGroups();
}
