using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FineTuneAspire.Messaging.Tests;

public sealed class SetupTests
{
    [Theory]
    [InlineData("amqp://u:p%40w@host:1234/v%2Fh", "host", 1234, "v/h", "u", "p@w", false)]
    [InlineData("amqp://u:p@host", "host", 5672, "/", "u", "p", false)]
    [InlineData("amqp://u:p@host:5673/", "host", 5673, "/", "u", "p", false)]
    [InlineData("amqps://u:p:q@host", "host", 5671, "/", "u", "p:q", true)]
    [InlineData("amqp://host", "host", 5672, "/", "guest", "guest", false)]
    public void Reads_the_connection_string(string text, string host, int port, string virtualHost, string user, string password, bool tls) =>
        Assert.Equal(new BusConnection(host, (ushort)port, virtualHost, user, password, tls), BusConnection.Parse("bus", text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("localhost:secret")]
    [InlineData("http://user:secret@host")]
    public void Refuses_another_connection_string_and_says_what_to_write_without_repeating_a_password(string? text)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => BusConnection.Parse("bus", text));
        Assert.Contains("ConnectionStrings:bus", refused.Message);
        Assert.Contains("amqp://user:password@host:port/vhost", refused.Message);
        Assert.DoesNotContain("secret", refused.Message);
    }

    [Fact]
    public void The_connection_in_text_shows_no_password() =>
        Assert.Equal("amqp://u@host:5672/v", BusConnection.Parse("bus", "amqp://u:secret@host/v").ToString());

    [Fact]
    public async Task Ends_with_an_advice_when_the_context_lacks_the_tables()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["ConnectionStrings:bus"] = "amqp://localhost:1";
        builder.Services.AddDbContext<BareDb>(options => options.UseNpgsql("Host=localhost"));
        builder.AddMessaging<BareDb>("bus");
        using var host = builder.Build();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains("Call modelBuilder.AddMessagingTables()", refused.Message);
    }

    [Fact]
    public async Task Refuses_settings_out_of_range_at_start()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["ConnectionStrings:bus"] = "amqp://localhost:1";
        builder.Configuration["Messaging:BatchSize"] = "0";
        builder.Services.AddDbContext<LedgerDb>(options => options.UseNpgsql("Host=localhost"));
        builder.AddMessaging<LedgerDb>("bus");
        using var host = builder.Build();
        var refused = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("Messaging:BatchSize must lie between 1 and 1000.", refused.Message);
    }

    [Fact]
    public void Refuses_to_be_added_twice()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.AddMessaging<LedgerDb>("bus");
        Assert.Throws<InvalidOperationException>(() => builder.AddMessaging<LedgerDb>("bus"));
    }

    private sealed class BareDb(DbContextOptions<BareDb> options) : DbContext(options);
}
