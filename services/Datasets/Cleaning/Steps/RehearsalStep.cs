using System.IO.Hashing;
using System.Runtime.CompilerServices;
using FineTuneAspire.Datasets.Splitting;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>
/// `rehearsal`: mixes examples of general data in, against forgetting: `share` is theirs of the outcome. They are drawn by the seed, without repeating, and
/// only ever trained on: no split puts them into validation or test, and what resembles one of them there is a leak.
/// </summary>
internal sealed class RehearsalStep : DatasetStep
{
    public const string Type = "rehearsal";
    private readonly double share;
    private readonly uint seed;

    public RehearsalStep(StepOptions options)
    {
        var (dataset, version, file) = (options.OptionalText("dataset"), options.OptionalWhole("version", 1, int.MaxValue), options.OptionalText("file"));
        share = options.Share("share", 0.05, above: 0, most: 0.9);
        seed = (uint)options.Whole("seed", 0, int.MinValue, int.MaxValue);
        if (file is null == dataset is null)
            throw options.Wrong("file", "or 'dataset' is missing: give one of the two.");
        if (dataset is null != version is null)
            throw options.Wrong("version", dataset is null ? "goes with 'dataset'." : "is missing: say which version of the dataset.");
        Source = new RehearsalSource(dataset, version, file);
    }

    public RehearsalSource Source { get; }

    public override bool IsForTrainingOnly => true;

    public override DatasetPass Begin(StepServices services) => new Pass(services, Source, share, seed);

    private sealed class Pass(StepServices services, RehearsalSource source, double share, uint seed) : DatasetPass
    {
        private long rows;
        private (ulong Key, int Line)? last;

        public override void Observe(Example example) => rows++;

        public override async Task<string?> DecideAsync(CancellationToken cancellationToken)
        {
            List<(ulong Key, int Line)> keys = [];
            await foreach (var (key, line, _) in ReadAsync(cancellationToken))
                keys.Add((key, line));
            if (keys.Count == 0)
                return "the data to rehearse has no example.";
            keys.Sort();
            var wanted = (int)Math.Min(keys.Count, Math.Round(rows * share / (1 - share), MidpointRounding.AwayFromZero));
            last = wanted > 0 ? keys[wanted - 1] : null;
            return null;
        }

        public override async IAsyncEnumerable<(ReadOnlyMemory<byte> Row, int Line)> AddedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            if (last is not { } bound)
                yield break;
            await foreach (var (key, line, bytes) in ReadAsync(cancellationToken))
            {
                if ((key, line).CompareTo(bound) <= 0)
                    yield return (bytes, line);
            }
        }

        private async IAsyncEnumerable<(ulong Key, int Line, ReadOnlyMemory<byte> Bytes)> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await using var stream = await services.OpenRehearsal(source, cancellationToken);
            var reader = new LineReader(stream, services.MaxLineBytes);
            while (await reader.ReadAsync(cancellationToken))
            {
                if (!reader.TooLong && reader.Line.Span.IndexOfAnyExcept(" \t\r"u8) >= 0)
                    yield return (SeededKeys.Of(seed, XxHash3.HashToUInt64(reader.Line.Span)), reader.Number, reader.Line);
            }
        }
    }
}
