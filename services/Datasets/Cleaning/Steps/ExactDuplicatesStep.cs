using System.Text;
using System.Text.Json;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>
/// `exact_duplicates`: of examples that say the same, the first stays. Keys, values and texts count, white space and the composition of characters
/// do not (see <see cref="ContentHash"/>). `by: input` leaves the last answer out, so that of contradicting answers the first stays.
/// </summary>
internal sealed class ExactDuplicatesStep(StepOptions options) : DatasetStep
{
    public const string Type = "exact_duplicates";
    private const string ByExample = "example", ByInput = "input";
    private const int MemoryLimit = 48 << 20;
    private readonly bool byInput = options.Text("by", ByExample, ByExample, ByInput) == ByInput;

    public override DatasetPass Begin(StepServices services) => new Pass(byInput, services.TempFolder);

    private sealed class Pass(bool byInput, string tempFolder) : DatasetPass
    {
        // Sorted on disk by half of the hash; the other half, 8 bytes a row, decides.
        private readonly SortedRuns halves = new(MemoryLimit, tempFolder);
        private readonly List<ulong> others = [];
        private readonly Dictionary<int, int> firstOf = [];
        private readonly StringBuilder said = new();

        public override void Observe(Example example)
        {
            var hash = example.IsReadable ? HashOf(example) : 0;
            if (example.IsReadable)
                halves.Add((ulong)(hash >> 64), others.Count);
            others.Add((ulong)hash);
        }

        public override Task<string?> DecideAsync(CancellationToken cancellationToken)
        {
            var firsts = new Dictionary<ulong, int>();
            foreach (var rows in halves.SharedKeys())
            {
                cancellationToken.ThrowIfCancellationRequested();
                firsts.Clear();
                foreach (var row in rows)
                {
                    if (!firsts.TryAdd(others[row], row))
                        firstOf[row] = firsts[others[row]];
                }
            }

            return Task.FromResult<string?>(null);
        }

        public override int CopiesOf(int row) => firstOf.ContainsKey(row) ? 0 : 1;

        public override string ReasonFor(int row, Func<int, int> sourceLine) => $"It says the same as line {sourceLine(firstOf[row])}.";

        public override void Dispose() => halves.Dispose();

        private UInt128 HashOf(Example example)
        {
            said.Clear();
            // The line first: writing what steps have changed moves the messages.
            var line = example.Line.Span;
            var answer = byInput ? example.Answer : null;
            var reader = new Utf8JsonReader(line);
            while (reader.Read())
            {
                if (answer is not null && reader.TokenStartIndex >= answer.Start && reader.TokenStartIndex <= answer.End)
                    continue;
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                    said.Append(reader.TokenType == JsonTokenType.String ? '"' : ':').Append(reader.GetString()!.Trim());
                else
                    said.Append(Encoding.UTF8.GetString(reader.ValueSpan));
                said.Append('\u0001');
            }

            return ContentHash.Of(said.ToString());
        }
    }
}
