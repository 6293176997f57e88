using System.Runtime.CompilerServices;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value that is known only when the system starts.</summary>
public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}

/// <summary>Literal text with values in it that are filled in when the system starts.</summary>
public sealed class ReferenceExpression : IValueProvider
{
    private readonly IReadOnlyList<IValueProvider> _parts;

    private ReferenceExpression(IReadOnlyList<IValueProvider> parts) => _parts = parts;

    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => new(handler.Parts);

    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
            text.Append(await part.GetValueAsync(cancellationToken));
        return text.ToString();
    }

    internal static ReferenceExpression Deferred(Func<string> value) => new([new Late(value)]);

    private sealed class Late(Func<string> value) : IValueProvider
    {
        public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(value());
    }

    [InterpolatedStringHandler]
    public readonly ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        internal List<IValueProvider> Parts { get; } = new((literalLength > 0 ? 1 : 0) + (2 * formattedCount));

        public void AppendLiteral(string value) => Parts.Add(new Late(() => value));

        public void AppendFormatted(string? value) => Parts.Add(new Late(() => value ?? ""));

        public void AppendFormatted<T>(T valueProvider) where T : IValueProvider => Parts.Add(valueProvider);
    }
}

/// <summary>An endpoint of a resource; its value is the URL without a slash at the end.</summary>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IValueProvider
{
    public IResourceWithEndpoints Resource => owner;
    public string EndpointName => endpointName;

    public string Url => owner.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(endpoint => endpoint.Name == endpointName)?.Url
        ?? throw new InvalidOperationException($"Resource '{owner.Name}' has no endpoint '{endpointName}': its launch profile in Properties/launchSettings.json names none.");

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(Url);
}

/// <summary>A setting of the whole system; `Parameters:NAME` in configuration wins over its default.</summary>
public sealed class ParameterResource(string name, Func<string> value, bool secret) : Resource(name), IValueProvider
{
    public bool Secret => secret;

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(value());
}

public abstract class ParameterDefault
{
    public abstract string GetDefaultValue();
}

/// <summary>A random value of at least so many letters and digits, and special characters when <see cref="Special"/> is set.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    public int MinLength { get; set; }
    public bool Special { get; set; } = true;

    public override string GetDefaultValue() => System.Security.Cryptography.RandomNumberGenerator.GetString(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + (Special ? "-_.{}~()*+!" : ""), Math.Max(MinLength, 22));
}
