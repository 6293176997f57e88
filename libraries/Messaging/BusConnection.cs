using MassTransit;

namespace FineTuneAspire.Messaging;

/// <summary>`amqp[s]://user:password@host[:port][/vhost]`, taken apart.</summary>
internal sealed record BusConnection(string Host, ushort Port, string VirtualHost, string User, string Password, bool Tls)
{
    public static BusConnection Parse(string name, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new InvalidOperationException($"ConnectionStrings:{name} is not set. Start the service through ./run, or set it to 'amqp://user:password@host:port/vhost'.");
        // The text holds a password: it is never part of the message.
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps"))
            throw new InvalidOperationException($"ConnectionStrings:{name} is not an AMQP address. Set it to 'amqp://user:password@host:port/vhost'.");

        var tls = uri.Scheme == "amqps";
        var user = uri.UserInfo.Split(':', 2);
        var virtualHost = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        return new(
            uri.Host,
            uri.Port > 0 ? (ushort)uri.Port : (ushort)(tls ? 5671 : 5672),
            virtualHost.Length == 0 ? "/" : virtualHost,
            user[0].Length == 0 ? "guest" : Uri.UnescapeDataString(user[0]),
            user.Length == 2 ? Uri.UnescapeDataString(user[1]) : "guest",
            tls);
    }

    public void Apply(IRabbitMqBusFactoryConfigurator rabbit) => rabbit.Host(Host, Port, VirtualHost, host =>
    {
        host.Username(User);
        host.Password(Password);
        host.Heartbeat(TimeSpan.FromSeconds(10));
        host.RequestedConnectionTimeout(TimeSpan.FromSeconds(5));
        if (Tls)
            host.UseSsl(ssl => ssl.ServerName = Host);
    });

    /// <summary>Without the password.</summary>
    public override string ToString() => $"{(Tls ? "amqps" : "amqp")}://{User}@{Host}:{Port}/{VirtualHost}";
}
