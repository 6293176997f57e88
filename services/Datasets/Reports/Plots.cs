using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>Plots as inline SVG, coloured by the page's style; each has a title and a description for those who do not see it.</summary>
internal static class Plots
{
    private const double Width = 360;

    /// <summary>Bars of how many examples are how long, with the median and the 95th percentile below.</summary>
    public static Html Histogram(string id, string title, string unit, LengthDistribution lengths)
    {
        if (lengths.Min == lengths.Max)
            return Html.Of($"<figure><figcaption><strong>{title}</strong>: every example has {lengths.Min:N0} {unit}.</figcaption></figure>");
        const double height = 120, top = 14, bottom = 22;
        var most = lengths.Bins.Max(bin => bin.Examples);
        var step = Width / lengths.Bins.Count;
        var bars = lengths.Bins.Select((bin, index) =>
        {
            // A bin that has an example shows.
            var barHeight = bin.Examples == 0 ? 0 : Math.Max(1, (height - top) * bin.Examples / most);
            return Html.Of($"""<rect class="bar" x="{index * step + 0.5:0.##}" y="{height - barHeight:0.##}" width="{Math.Max(1, step - 1):0.##}" height="{barHeight:0.##}"><title>{Range(bin)} {unit}: {bin.Examples:N0} example(s)</title></rect>""");
        });
        return Html.Of($"""
            <figure><svg viewBox="0 0 {Width:0} {height + bottom:0}" role="img" aria-labelledby="{id}-t {id}-d"><title id="{id}-t">{title}</title>
            <desc id="{id}-d">From {lengths.Min:N0} to {lengths.Max:N0} {unit}; half of the examples have at most {lengths.P50:N0}, 95 % at most {lengths.P95:N0}.</desc>
            {Html.Join(bars)}<line class="axis" x1="0" y1="{height:0.##}" x2="{Width:0}" y2="{height:0.##}"/>
            <text x="0" y="10">{most:N0}</text><text x="0" y="{height + 16:0}">{lengths.Bins[0].From:N0}</text><text x="{Width:0}" y="{height + 16:0}" text-anchor="end">{lengths.Bins[^1].From:N0}{(lengths.Bins[^1].To > lengths.Bins[^1].From ? "+" : "")}</text></svg>
            <figcaption><strong>{title}</strong> ({unit}): mean {lengths.Mean:N1}, least {lengths.Min:N0}, 5&nbsp;% {lengths.P5:N0}, median {lengths.P50:N0}, 95&nbsp;% {lengths.P95:N0}, most {lengths.Max:N0}</figcaption></figure>
            """);
    }

    /// <summary>A bar for each class, its parts side by side.</summary>
    public static Html Classes(IReadOnlyList<ClassFigures> classes)
    {
        const double row = 22, labels = 130, numbers = 56;
        var most = classes.Max(Size);
        var scale = (Width * 2 - labels - numbers) / most;
        var bars = classes.Select((one, index) =>
        {
            var x = labels;
            var parts = new[] { ("training", one.Training), ("validation", one.Validation), ("test", one.Test) }.Where(part => part.Item2 > 0).Select(part =>
            {
                var (from, width) = (x, part.Item2 * scale);
                x += width;
                return Html.Of($"""<rect class="{part.Item1}" x="{from:0.##}" y="{index * row + 4:0.##}" width="{width:0.##}" height="{row - 8:0.##}"><title>{one.Label}, {part.Item1}: {part.Item2:N0}</title></rect>""");
            }).ToList();
            return Html.Of($"""<text x="{labels - 8:0}" y="{index * row + 15:0}" text-anchor="end">{Short(one.Label)}</text>{Html.Join(parts)}<text x="{x + 6:0.##}" y="{index * row + 15:0}">{Size(one):N0}</text>""");
        });
        return Html.Of($"""
            <figure><svg class="wide" viewBox="0 0 {Width * 2:0} {classes.Count * row + 4:0}" role="img" aria-labelledby="classes-t"><title id="classes-t">Examples of each label; the table below has the numbers</title>{Html.Join(bars)}</svg>
            <figcaption><span class="key training"></span> training <span class="key validation"></span> validation <span class="key test"></span> test</figcaption></figure>
            """);
    }

    /// <summary>A share as a small bar beside its number.</summary>
    public static Html Share(double share) =>
        Html.Of($"""<svg class="share" viewBox="0 0 100 10" aria-hidden="true"><rect class="rest" width="100" height="10" rx="2"/><rect class="bar" width="{Math.Clamp(share * 100, 0, 100):0.##}" height="10" rx="2"/></svg> {share:0.#%}""");

    private static int Size(ClassFigures one) => one.Training + one.Validation + one.Test;

    private static string Range(LengthBin bin) => FormattableString.Invariant(bin.From == bin.To ? $"{bin.From:N0}" : (FormattableString)$"{bin.From:N0} to {bin.To:N0}");

    private static string Short(string label) => label.Length <= 18 ? label : label[..(char.IsHighSurrogate(label[16]) ? 16 : 17)] + "…";
}
