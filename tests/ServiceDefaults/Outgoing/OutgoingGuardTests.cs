using System.Net;
using System.Net.Sockets;
using FineTuneAspire.ServiceDefaults.Outgoing;

namespace FineTuneAspire.ServiceDefaults.Tests.Outgoing;

public class OutgoingGuardTests
{
    private static OutgoingRules Rules(params string[] hosts) => new("Some:Setting", hosts, []);

    [Theory]
    [InlineData("http://example.org/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://example.org/")]
    [InlineData("ftp://example.org/")]
    [InlineData("data:text/plain,x")]
    [InlineData("https://user@example.org/")]
    [InlineData("https://user:password@example.org/")]
    [InlineData("https://example.org./")]
    [InlineData("https://localhost./")]
    [InlineData("https://example.org:22/")]
    [InlineData("https://example.org:5432/")]
    [InlineData("https://example.org:6379/")]
    [InlineData("https://example.org:5672/")]
    [InlineData("https://example.org.evil.test/")]
    [InlineData("https://evil-example.org/")]
    [InlineData("https://sub.example.org/")]
    [InlineData("https://example.org@evil.test/")]
    [InlineData("https://evil.test/#example.org")]
    [InlineData("https://evil.test/\\@example.org/")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    [InlineData("https://169.254.169.254/latest/meta-data/")]
    public void Refuses_whatever_is_not_https_at_a_host_and_port_allowed_by_name(string address) =>
        Assert.NotNull(Rules("example.org").Refuse(new Uri(address)));

    [Theory]
    [InlineData("https://example.org/a?b=c", "example.org")]
    [InlineData("https://EXAMPLE.org/", "example.org")]
    [InlineData("https://example.org:443/", "example.org")]
    [InlineData("https://example.org:8443/", "example.org:8443")]
    [InlineData("https://a.b.example.org/", "*.example.org")]
    [InlineData("https://bücher.example/", "bücher.example")]
    [InlineData("https://xn--bcher-kva.example/", "bücher.example")]
    [InlineData("https://[2606:4700::1111]/", "[2606:4700::1111]")]
    public void Allows_what_is_named(string address, string entry) => Assert.Null(Rules(entry).Refuse(new Uri(address)));

    [Fact]
    public void Says_which_setting_would_allow_a_host() => Assert.Equal(
        "The host 'example.org' on port 8443 is not allowed. An operator can add 'example.org:8443' to the setting Some:Setting.",
        Rules("*.example.org").Refuse(new Uri("https://example.org:8443/")));

    [Theory]
    [InlineData("")]
    [InlineData("https://example.org")]
    [InlineData("example.org/path")]
    [InlineData("user@example.org")]
    [InlineData("*")]
    [InlineData("exa*mple.org")]
    [InlineData("example.org:99999")]
    public void An_entry_that_is_no_host_is_an_error(string entry) => Assert.Throws<FormatException>(() => Rules(entry));

    [Theory]
    [InlineData("minio.internal")]
    [InlineData("*.internal:9000")]
    [InlineData("::1")]
    public void A_private_address_needs_host_and_port(string entry) => Assert.Throws<FormatException>(() => new OutgoingRules("", [], [entry]));

    [Theory]
    [InlineData("127.0.0.1", "Private")]
    [InlineData("127.255.255.254", "Private")]
    [InlineData("10.0.0.1", "Private")]
    [InlineData("172.16.0.1", "Private")]
    [InlineData("172.31.255.255", "Private")]
    [InlineData("172.32.0.1", "Public")]
    [InlineData("192.168.1.1", "Private")]
    [InlineData("100.64.0.1", "Private")]
    [InlineData("100.128.0.1", "Public")]
    [InlineData("0.0.0.0", "Never")]
    [InlineData("0.1.2.3", "Never")]
    [InlineData("169.254.169.254", "Never")]
    [InlineData("192.0.0.8", "Never")]
    [InlineData("198.18.0.1", "Never")]
    [InlineData("203.0.113.7", "Never")]
    [InlineData("224.0.0.1", "Never")]
    [InlineData("255.255.255.255", "Never")]
    [InlineData("8.8.8.8", "Public")]
    [InlineData("::", "Never")]
    [InlineData("::1", "Private")]
    [InlineData("::ffff:127.0.0.1", "Private")]
    [InlineData("::ffff:169.254.169.254", "Never")]
    [InlineData("::ffff:8.8.8.8", "Public")]
    [InlineData("::127.0.0.1", "Never")]
    [InlineData("64:ff9b::7f00:1", "Never")]
    [InlineData("fc00::1", "Private")]
    [InlineData("fd12:3456::1", "Private")]
    [InlineData("fe80::1", "Never")]
    [InlineData("fec0::1", "Never")]
    [InlineData("ff02::1", "Never")]
    [InlineData("2001::1", "Never")]
    [InlineData("2001:db8::1", "Never")]
    [InlineData("2002:7f00:1::", "Never")]
    [InlineData("2606:4700::1111", "Public")]
    public void Knows_what_is_public(string address, string kind) => Assert.Equal(kind, AddressRules.KindOf(IPAddress.Parse(address)).ToString());

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("10.1.2.3")]
    [InlineData("169.254.169.254")]
    [InlineData("8.8.8.8,127.0.0.1")]
    public async Task Does_not_connect_to_an_allowed_host_that_has_a_private_address_among_its_own(string addresses)
    {
        using var listener = Listen(out var port);
        var guard = new OutgoingGuard(Rules($"example.org:{port}"), resolve: (_, _) => Task.FromResult(Array.ConvertAll(addresses.Split(','), IPAddress.Parse)));
        using var client = guard.CreateClient();

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => client.GetAsync($"https://example.org:{port}/"));
        Assert.Contains("not public", OutgoingRefusedException.In(failure)?.Message);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task Asks_the_name_server_once_and_checks_the_very_answer_that_it_connects_to()
    {
        using var listener = Listen(out var port);
        var asked = 0;
        // A name that is public at the first question and this machine at the second.
        var guard = new OutgoingGuard(
            Rules($"rebinding.test:{port}"), resolve: (_, _) => Task.FromResult<IPAddress[]>([Interlocked.Increment(ref asked) == 1 ? IPAddress.Parse("192.0.2.1") : IPAddress.Loopback]));
        using var client = guard.CreateClient();
        for (var request = 1; request <= 3; request++)
        {
            Assert.NotNull(OutgoingRefusedException.In(await Assert.ThrowsAnyAsync<Exception>(() => client.GetAsync($"https://rebinding.test:{port}/"))));
            Assert.Equal(request, asked);
        }

        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task Connects_to_a_private_address_only_where_host_and_port_are_named_and_never_to_a_link_local_one()
    {
        using var listener = Listen(out var port);
        using var other = Listen(out var otherPort);
        var rules = new OutgoingRules("", [$"inside.test:{port}", $"inside.test:{otherPort}", $"meta.test:{port}"], [$"inside.test:{port}", $"meta.test:{port}"]);
        var guard = new OutgoingGuard(rules, resolve: (host, _) => Task.FromResult<IPAddress[]>([host == "meta.test" ? IPAddress.Parse("169.254.169.254") : IPAddress.Loopback]));
        using var client = guard.CreateClient();

        var answer = client.GetAsync($"https://inside.test:{port}/");
        using (var connection = await listener.AcceptSocketAsync())
            Assert.NotNull(connection.RemoteEndPoint);
        Assert.Null(OutgoingRefusedException.In(await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer)));

        foreach (var refused in new[] { $"https://inside.test:{otherPort}/", $"https://meta.test:{port}/" })
            Assert.NotNull(OutgoingRefusedException.In(await Assert.ThrowsAnyAsync<Exception>(() => client.GetAsync(refused))));
        Assert.False(other.Pending());
    }

    [Fact]
    public async Task The_client_itself_refuses_an_address_that_nobody_checked_before()
    {
        using var client = new OutgoingGuard(Rules("example.org")).CreateClient();
        await Assert.ThrowsAsync<OutgoingRefusedException>(() => client.GetAsync("http://example.org/"));
        await Assert.ThrowsAsync<OutgoingRefusedException>(() => client.GetAsync("https://127.0.0.1/"));
    }

    private static TcpListener Listen(out int port)
    {
        var listener = new TcpListener(IPAddress.IPv6Any, 0);
        listener.Server.DualMode = true;
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        return listener;
    }
}
