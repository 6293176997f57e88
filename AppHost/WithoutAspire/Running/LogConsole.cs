namespace FineTuneAspire.AppHost.WithoutAspire.Running;

/// <summary>All resources' lines on one terminal, each under its resource's name and colour.</summary>
internal sealed class LogConsole(TextWriter output, bool colours, int width)
{
    private static readonly int[] Palette = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94, 31, 91];
    private readonly Dictionary<string, int> _colourOf = [];
    private readonly Lock _gate = new();

    public static LogConsole OnTerminal(int width) =>
        new(Console.Out, !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")), width);

    public void Write(string name, string line)
    {
        lock (_gate)
        {
            if (!_colourOf.TryGetValue(name, out var colour))
                _colourOf[name] = colour = Palette[_colourOf.Count % Palette.Length];
            var label = name.PadRight(width);
            output.WriteLine(colours ? $"\u001b[{colour}m{label}\u001b[0m {line}" : $"{label} {line}");
        }
    }
}
