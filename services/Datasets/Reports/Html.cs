using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>Markup. It comes of an interpolated string whose literal parts are ours and whose values are encoded, so that no value can be forgotten.</summary>
internal readonly record struct Html(string Markup)
{
    public static readonly Html None = new("");

    public static Html Of(Interpolated markup) => new(markup.ToString());

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(part => part.Markup)));

    public override string ToString() => Markup;

    [InterpolatedStringHandler]
    internal readonly struct Interpolated(int literalLength, int formattedCount)
    {
        private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);
        private readonly StringBuilder markup = new(literalLength + formattedCount * 16);

        public void AppendLiteral(string literal) => markup.Append(literal);

        public void AppendFormatted(Html value) => markup.Append(value.Markup);

        public void AppendFormatted<T>(T value, string? format = null) =>
            markup.Append(Encoder.Encode(value is IFormattable formattable ? formattable.ToString(format, CultureInfo.InvariantCulture) : value?.ToString() ?? ""));

        public override string ToString() => markup.ToString();
    }
}
