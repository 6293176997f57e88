using System.Buffers;
using System.IO.Hashing;
using FineTuneAspire.Datasets.Cleaning.Steps;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.Datasets.Validation;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>
/// Applies a recipe to chat JSONL. Steps that look at one example at a time share a pass over the file; one that must have seen all of them ends the
/// pass and decides before the next. Memory is a dozen bytes a row beside what those steps need, each of which is bounded; the rows go through
/// temporary files, two at a time. The same rows, recipe and seeds give the same bytes.
/// </summary>
internal sealed class ApplyRecipe(FileStorage storage, TokenCounters counters, IOptions<ValidationOptions> limits, IOptions<RecipeOptions> options)
{
    private const int FlushedBytes = 64 * 1024;

    /// <param name="imported">Left as it is and to be disposed by the caller; its problems go on in the result.</param>
    /// <param name="settings">Where rehearsal draws from, and how much of the file is read.</param>
    /// <returns>Chat JSONL with the source line and group of each row.</returns>
    public async Task<CleanedFile> HandleAsync(ImportedFile imported, Recipe recipe, RecipeSettings settings, CancellationToken cancellationToken)
    {
        var services = new StepServices(storage.Incoming, limits.Value.MaxLineBytes, settings.Method, encoding => counters.All.First(counter => counter.Encoding == encoding), options.Value.Profanities, settings.OpenRehearsal);
        List<StepReport> reports = [.. recipe.Steps.Select((step, i) => new StepReport(i, step.Type))];
        var run = new Run(services, imported.Problems, settings, limits.Value.MaxLines);
        var passes = Passes(recipe, reports, settings.TrainingRows);
        DatasetPass? deciding = null;
        ImportedFile? current = null;
        try
        {
            for (var i = 0; i < passes.Count; i++)
            {
                var pass = passes[i];
                foreach (var (step, _) in pass.Rows)
                    step.Prepare(services);
                using var decided = deciding;
                deciding = pass.Last?.Step.Begin(services);
                await using var before = current;
                current = null;
                var output = current = new ImportedFile(imported.Format, imported.Source, storage.Receive(), imported.Problems);
                await run.PassAsync(before ?? imported, output, i == 0 ? null : (decided!, passes[i - 1].Last!.Value.Report), pass.Rows, deciding, cancellationToken);
                if (deciding is not null && await deciding.DecideAsync(cancellationToken) is { } refused)
                {
                    imported.Problems.Error(null, Rules.RecipeRefused, $"Step {pass.Last!.Value.Report.Index + 1} of the recipe ({pass.Last.Value.Report.Type}): {refused}");
                    deciding.Dispose();
                    deciding = null;
                    break;
                }
            }

            var cleaned = new CleanedFile(current!, reports, run.Read, run.IsSample);
            current = null;
            return cleaned;
        }
        finally
        {
            deciding?.Dispose();
            if (current is not null)
                await current.DisposeAsync();
        }
    }

    private static List<Pass> Passes(Recipe recipe, List<StepReport> reports, bool trainingRows)
    {
        List<Pass> passes = [];
        List<(RowStep, StepReport)> rows = [];
        foreach (var (step, report) in recipe.Steps.Select((step, i) => (step.Step, reports[i])))
        {
            if (step is RowStep row)
            {
                rows.Add((row, report));
            }
            else if (step is DatasetStep dataset && (trainingRows || !dataset.IsForTrainingOnly))
            {
                passes.Add(new Pass(rows, (dataset, report)));
                rows = [];
            }
        }

        passes.Add(new Pass(rows, null));
        return passes;
    }

    /// <param name="Last">Sees the rows as the steps before it leave them; what it decides is done as the next pass reads them.</param>
    private sealed record Pass(IReadOnlyList<(RowStep Step, StepReport Report)> Rows, (DatasetStep Step, StepReport Report)? Last);

    private sealed class Run(StepServices services, ProblemList problems, RecipeSettings settings, int maxRows)
    {
        private readonly Example example = new();
        private readonly ArrayBufferWriter<byte> pending = new(FlushedBytes);

        public long Read { get; private set; }
        public bool IsSample { get; private set; }

        public async Task PassAsync(
            ImportedFile input, ImportedFile output, (DatasetPass Pass, StepReport Report)? decided, IReadOnlyList<(RowStep Step, StepReport Report)> steps, DatasetPass? observing,
            CancellationToken cancellationToken)
        {
            var isFirst = decided is null;
            var reader = new LineReader(input.Rewind(), services.MaxLineBytes);
            var row = 0;
            while (await reader.ReadAsync(cancellationToken))
            {
                if (isFirst && !IsRow(reader))
                    continue;
                if (isFirst && row == settings.MostRows)
                {
                    IsSample = true;
                    break;
                }

                example.Load(reader.Line, LineOf(input, row, reader.Number), GroupOf(input, row, reader.Line.Span));
                var copies = decided is null ? 1 : Decide(decided.Value, input, row);
                row++;
                if (copies > 0 && Apply(steps))
                    await WriteAsync(output, observing, copies, cancellationToken);
                if (output.SourceLines.Count > maxRows)
                    break;
            }

            Read = isFirst ? row : Read;
            if (decided is { Pass: var pass, Report: var report })
                await AddAsync(pass, report, output, steps, observing, cancellationToken);
            await output.FlushAsync(pending, cancellationToken);
            if (output.SourceLines.Count > maxRows)
                problems.Error(null, Rules.TooManyLines, $"The recipe makes more than {maxRows} examples. Repeat or mix in fewer.");
        }

        private static int LineOf(ImportedFile input, int row, int line) => row < input.SourceLines.Count ? input.SourceLines[row] : line;

        private static ulong GroupOf(ImportedFile input, int row, ReadOnlySpan<byte> line) => row < input.Groups.Count ? input.Groups[row] : XxHash3.HashToUInt64(line);

        /// <summary>Lines that are none are told of, for in what is written they would be gone.</summary>
        private bool IsRow(LineReader reader)
        {
            if (reader.TooLong)
                problems.Error(reader.Number, Rules.LineTooLong, $"The line is longer than {services.MaxLineBytes} bytes. If the file has no line ends, write each example on a line of its own; else shorten the example.");
            else if (reader.Line.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
                problems.Warning(reader.Number, Rules.BlankLine, "The line is blank; the recipe leaves it out.");
            else
                return true;
            return false;
        }

        private int Decide((DatasetPass Pass, StepReport Report) decided, ImportedFile input, int row)
        {
            var (pass, report) = decided;
            report.Read++;
            var copies = pass.CopiesOf(row);
            if (copies == 0)
                report.AddDropped(example, pass.ReasonFor(row, other => input.SourceLines[other]));
            else if (copies > 1)
                report.AddCopies(example, copies - 1, pass.ReasonFor(row, other => input.SourceLines[other]));
            return copies;
        }

        /// <returns>False when a step leaves the example out.</returns>
        private bool Apply(IReadOnlyList<(RowStep Step, StepReport Report)> steps)
        {
            foreach (var (step, report) in steps)
            {
                report.Read++;
                if (!example.IsReadable)
                    continue;
                example.BeginStep();
                step.Apply(example);
                if (example.RefusedBecause is { } refused)
                {
                    report.AddRefused(example, refused);
                    problems.Error(example.SourceLine, Rules.RecipeRefused, $"Step {report.Index + 1} of the recipe ({report.Type}): {refused}");
                }

                if (example.DroppedBecause is { } dropped)
                {
                    report.AddDropped(example, dropped);
                    return false;
                }

                if (example.Changes.Count > 0)
                    report.AddChanged(example);
            }

            return true;
        }

        private async Task AddAsync(
            DatasetPass pass, StepReport report, ImportedFile output, IReadOnlyList<(RowStep Step, StepReport Report)> steps, DatasetPass? observing, CancellationToken cancellationToken)
        {
            await foreach (var (line, number) in pass.AddedAsync(cancellationToken))
            {
                example.Load(line, number, ImportedFile.RehearsalGroup);
                report.AddCopies(example, 1, "It is mixed in.");
                if (Apply(steps))
                    await WriteAsync(output, observing, 1, cancellationToken);
            }
        }

        private async Task WriteAsync(ImportedFile output, DatasetPass? observing, int copies, CancellationToken cancellationToken)
        {
            for (var copy = 0; copy < copies; copy++)
            {
                pending.Write(example.Line.Span);
                pending.Write("\n"u8);
                output.Add(example.SourceLine, example.Group);
                observing?.Observe(example);
                if (pending.WrittenCount >= FlushedBytes)
                    await output.FlushAsync(pending, cancellationToken);
            }
        }
    }
}

/// <summary>How a recipe is applied.</summary>
/// <param name="OpenRehearsal">The chat JSONL that a rehearsal draws from, at its beginning; every example of it is valid.</param>
/// <param name="TrainingRows">False for an own validation or test file: what changes how often examples stand in it is left out then.</param>
/// <param name="MostRows">So many rows are read and no more; null for all.</param>
public sealed record RecipeSettings(
    Func<RehearsalSource, CancellationToken, Task<Stream>> OpenRehearsal, TrainingMethod Method = TrainingMethod.Supervised, bool TrainingRows = true, int? MostRows = null);

/// <param name="Rows">To be disposed.</param>
/// <param name="Steps">One for each step of the recipe.</param>
/// <param name="Read">Rows that the first step saw.</param>
/// <param name="IsSample">There were more rows than were to be read.</param>
public sealed record CleanedFile(ImportedFile Rows, IReadOnlyList<StepReport> Steps, long Read, bool IsSample) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Rows.DisposeAsync();
}
