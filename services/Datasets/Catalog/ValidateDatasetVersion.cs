using System.Diagnostics;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Datasets.Annotation;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Recipes;
using FineTuneAspire.Datasets.Reports;
using FineTuneAspire.Datasets.Rows;
using FineTuneAspire.Datasets.Splitting;
using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Messaging;
using FineTuneAspire.ServiceDefaults.Faults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>
/// Reads a version's files, cuts the source into its parts and ends the version. The caller holds the row locked in a transaction: the split
/// files, the report, the state and the event commit together, and a try that died leaves nothing but bytes that the sweep removes.
/// </summary>
internal sealed class ValidateDatasetVersion(
    DatasetsDbContext db, FileStorage storage, ImportFile importer, TakeRows takeRows, ApplyAnnotations applyAnnotations, CleanVersion clean, TrainingFileValidator validator, BaseModelFittings fittings, IOptions<ValidationOptions> options,
    IServiceScopeFactory scopes, TimeProvider clock, ILogger<ValidateDatasetVersion> logger)
{
    public async Task HandleAsync(DatasetVersion version, CancellationToken stopping)
    {
        using var span = DatasetsTelemetry.StartValidation("validate dataset", version.TraceParent);
        span?.SetTag("fta.dataset.id", version.DatasetId).SetTag("fta.dataset.version", version.Number);
        await using var progress = await WorkProgress.StartAsync(version, scopes, clock, logger, stopping);
        try
        {
            await ReadAsync(version, progress, span, stopping);
        }
        catch (OperationCanceledException) when (progress.CancelRequested && !stopping.IsCancellationRequested)
        {
            if (version.TryCancel(clock))
                db.Publish(new DatasetVersionCancelled(version.DatasetId, version.Number, version.Project));
        }
    }

    /// <param name="progress">Its token stops the reading; the database is asked under <paramref name="stopping"/>, so that its transaction stays good.</param>
    private async Task ReadAsync(DatasetVersion version, WorkProgress progress, Activity? span, CancellationToken stopping)
    {
        var cancelled = progress.Cancelled;
        cancelled.ThrowIfCancellationRequested();
        var (method, sources) = (version.TrainingMethod(), new List<Source>());
        await using var opened = new OpenFiles();
        await using var leakage = new LeakageCheck(storage.Incoming);
        var fitting = version.BaseModel is { } baseModel ? fittings.Of(baseModel) : null;
        var annotated = version.AnnotationQueue is null ? null : await ApplyAnnotations.ReadAsync(version, db, stopping);
        var labels = version.StratifyBy is null ? null : new RowLabels();
        using var parentRows = await OpenParentRowsAsync(version, stopping);
        foreach (var (role, ids) in SourcesOf(version))
        {
            var files = new List<Stream>();
            foreach (var id in ids)
            {
                if (await db.FindFileAsync(id, version.Project, clock, stopping) is not { } file)
                {
                    Reject(version, [], new DatasetError(role.InvalidCode(), $"The file {id} was deleted before it was read. Upload it again and create the version from the new file.", null));
                    return;
                }

                files.Add(opened.Add(storage.OpenRead(file.Sha256)));
            }

            var name = version.HasSeveralSources && ids.Count == 1 ? ids[0] : null;
            var bytes = progress.Meter(files.Count == 1 ? files[0] : new JoinedStream(files));
            progress.Begin("importing", bytes.Length);
            var imported = opened.Add(parentRows is null
                ? await importer.HandleAsync(bytes, version.ImportRequest(), method, name, cancelled)
                : await takeRows.HandleAsync(version.Format!, bytes, parentRows, name, cancelled));
            if (annotated is not null)
                imported = opened.Add(await applyAnnotations.HandleAsync(imported, annotated, name, cancelled));
            if (version.RecipeSteps is not null)
            {
                imported.Meter = progress.Meter;
                progress.Begin("cleaning", imported.Rewind().Length);
                var (cleaned, problem) = await clean.HandleAsync(version, role, imported, cancelled, stopping);
                if (cleaned is null)
                {
                    Reject(version, [], new DatasetError(Rules.RecipeRefused, problem!, null));
                    return;
                }

                imported = opened.Add(cleaned);
            }

            imported.Meter = progress.Meter;
            progress.Begin("validating", imported.Rewind().Length);
            fitting?.BeginFile();
            var validation = await validator.ValidateAsync(imported, role, method, name, (example, line, tokens) =>
            {
                leakage.Add(example);
                if (role == FileRole.Training)
                    labels?.Add(example);
                fitting?.Add(example, line, tokens, imported.Problems);
            }, cancelled);
            await leakage.EndFileAsync();
            sources.Add(new Source(role, imported, validation));
        }

        DatasetsTelemetry.Record(span, sources.Select(source => source.Validation));
        progress.Begin("comparing");
        if (labels is { AreTooMany: true })
            sources[0].Validation.Problems.Error(null, Rules.TooManyLabels, $"The answers have more than {RowLabels.Most} different texts, so they are no labels to stratify by. Map them with a recipe's step 'labels', or leave 'split.stratify_by' out.");
        foreach (var other in sources.TrueForAll(source => source.Validation.IsValid) ? version.ComparedVersions() : [])
        {
            if (await AddOtherAsync(version, other, leakage, cancelled, stopping) is { } gone)
            {
                Reject(version, sources, new DatasetError(Rules.Leakage, gone, null));
                return;
            }
        }

        if (sources.TrueForAll(source => source.Validation.IsValid))
            version.NoteLeakage(leakage.Report([.. sources.Select(source => source.Validation)], version.LeakageAllowedBecause is not null,
                (file, row) => sources[file].Imported is { IsConverted: true } cleaned && cleaned.Groups[row] == ImportedFile.RehearsalGroup, cancelled));
        FaultPoint.Reach("dataset-validated");
        if (sources.FirstOrDefault(source => !source.Validation.IsValid) is { } bad)
            Reject(version, sources, bad.Validation.ToError(bad.Role));
        else
            await SplitAsync(version, sources, leakage, labels, fitting, progress, stopping);
    }

    private static IEnumerable<(FileRole, IReadOnlyList<string>)> SourcesOf(DatasetVersion version)
    {
        if (version is { Parent: not null, KeepsParts: false })
        {
            yield return (FileRole.Training, [.. new[] { version.SourceFile, version.SourceValidationFile, version.SourceTestFile }.OfType<string>()]);
            yield break;
        }

        yield return (FileRole.Training, [version.SourceFile]);
        if (version.SourceValidationFile is { } validation)
            yield return (FileRole.Validation, [validation]);
        if (version.SourceTestFile is { } test)
            yield return (FileRole.Test, [test]);
    }

    private async Task<RowManifest?> OpenParentRowsAsync(DatasetVersion version, CancellationToken cancellationToken)
    {
        if (version.Parent is not { } number)
            return null;
        var manifest = await db.Versions.Where(row => row.DatasetId == version.DatasetId && row.Number == number).Select(row => row.Manifest).SingleAsync(cancellationToken);
        return storage.OpenManifest(manifest!);
    }

    /// <returns>What is missing of the other version, or null.</returns>
    private async Task<string?> AddOtherAsync(DatasetVersion version, VersionReference other, LeakageCheck leakage, CancellationToken cancelled, CancellationToken stopping)
    {
        var found = await db.Versions.AsNoTracking().SingleOrDefaultAsync(row => row.DatasetId == other.Dataset && row.Number == other.Version && row.Project == version.Project, stopping);
        if (found is null)
            return $"Version {other.Version} of {other.Dataset}, which it is to be compared with, is gone.";
        foreach (var (part, id) in new[] { (Part.Train, found.TrainingFile), (Part.Validation, found.ValidationFile), (Part.Test, found.TestFile) })
        {
            if (id is null)
                continue;
            if (await db.FindFileAsync(id, version.Project, clock, stopping) is not { } file)
                return $"The file {id} of version {other.Version} of {other.Dataset}, which it is to be compared with, was deleted.";
            leakage.BeginOther(other, part);
            await using var bytes = storage.OpenRead(file.Sha256);
            var reader = new LineReader(bytes, int.MaxValue - 1);
            while (await reader.ReadAsync(cancelled))
            {
                using var example = JsonDocument.Parse(reader.Line, new JsonDocumentOptions { MaxDepth = Rules.MaximumDepth });
                leakage.Add(example.RootElement);
            }

            await leakage.EndOtherAsync();
        }

        return null;
    }

    private async Task SplitAsync(DatasetVersion version, List<Source> sources, LeakageCheck leakage, RowLabels? labels, BaseModelFitting? fitting, WorkProgress progress, CancellationToken stopping)
    {
        using var span = DatasetsTelemetry.Source.StartActivity("split dataset");
        var (source, imported) = (sources[0].Validation, sources[0].Imported);
        var (groups, groupCount) = leakage.JoinGroups(GroupsOf(sources[0]));
        version.NoteSource(imported.Format, groupCount);
        var shares = version.SharesToCut();
        // What was mixed in is for training, and so is what resembles it.
        var split = new SeededSplit([.. groups.Where(group => group != ImportedFile.RehearsalGroup)], shares, version.Seed);
        var stratified = labels is null || shares.Train == 1 ? null : new StratifiedSplit(groups, labels.Numbers, shares, version.Seed, ImportedFile.RehearsalGroup);
        Part PartOf(FileRole role, int row) => role switch
        {
            FileRole.Training when stratified is not null => stratified.Of(row),
            FileRole.Training when groups[row] == ImportedFile.RehearsalGroup => Part.Train,
            FileRole.Training => split.Of(groups[row]),
            FileRole.Validation => Part.Validation,
            _ => Part.Test,
        };
        if (stratified is not null)
            version.NoteLabels(labels!.Count(stratified.Of));
        if (version.LeakageAgainst is not null)
            version.NoteLeaksAgainst(leakage.ReportAgainst([.. sources.Select(read => read.Validation)], (file, row) => PartOf(sources[file].Role, row), version.LeakageAllowedBecause is not null));
        if (sources.Find(read => !read.Validation.IsValid) is { } leaking)
        {
            Reject(version, sources, leaking.Validation.ToError(leaking.Role));
            return;
        }

        await using var files = new SplitFiles(storage, options.Value.MaxLineBytes);
        foreach (var (role, file, _) in sources)
        {
            var groupsOfFile = role == FileRole.Training ? groups : GroupsOf(sources.Single(other => other.Role == role));
            var rows = file.Rewind();
            progress.Begin("splitting", rows.Length);
            await files.AddAsync(rows, row => PartOf(role, row), (row, line) => (groupsOfFile[row], file.IsConverted ? file.SourceLines[row] : line), progress.Cancelled);
        }

        await files.SealAsync(progress.Cancelled);
        var counts = files.Counts;
        span?.SetTag("fta.split.train", counts.Train).SetTag("fta.split.validation", counts.Validation).SetTag("fta.split.test", counts.Test);
        Warn(version, source.Problems, counts);
        NoteFit(version, source.Problems, fitting?.ToFit(version.Method, DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime), (file, row) => PartOf(sources[file].Role, row)));

        await db.LockContentAsync(files.All.Select(file => file.Content.Sha256), stopping);
        var name = await db.Datasets.Where(dataset => dataset.Id == version.DatasetId).Select(dataset => dataset.Name).SingleAsync(stopping);
        var ids = (Keep(version, name, files, Part.Train), Keep(version, name, files, Part.Validation), Keep(version, name, files, Part.Test));
        storage.Keep(files.Manifest);
        FaultPoint.Reach("dataset-split");
        if (!version.TryValidate([.. sources.Select(read => read.Validation)], AddReport(version, sources), ids, files.Manifest.Content.Sha256, counts, clock))
            throw new InvalidOperationException($"{version.DatasetId} version {version.Number} is {version.Status}, not validating.");
        db.Publish(new DatasetVersionValidated(version.DatasetId, version.Number, version.Project, ids.Item1, ids.Item2, ids.Item3, version.Examples!.Value, version.TokensTotal!.Value));
    }

    private static IReadOnlyList<ulong> GroupsOf(Source source) => source.Imported.Groups.Count > 0 ? source.Imported.Groups : source.Validation.LineHashes;

    private string? Keep(DatasetVersion version, string name, SplitFiles files, Part part)
    {
        if (!files.Files.TryGetValue(part, out var bytes))
            return null;
        storage.Keep(bytes);
        var suffix = part switch { Part.Train => "training", Part.Validation => "validation", _ => "test" };
        var file = StoredFile.Create(version.Project, bytes.Content, $"{name}-v{version.Number}-{suffix}.jsonl", FilePurpose.FineTune, expiresAfter: null, clock);
        db.Files.Add(file);
        return file.Id;
    }

    private static void Warn(DatasetVersion version, ProblemList problems, SplitCounts counts)
    {
        if (counts.Train < Rules.MinimumExamples)
            problems.Warning(null, Rules.SmallTrainingSplit, $"The training part has {counts.Train} example(s), but a job needs {Rules.MinimumExamples}. Add lines, or give 'train' a larger share.");
        foreach (var (role, count) in new[] { (FileRole.Training, counts.Train), (FileRole.Validation, counts.Validation) })
        {
            if (version.TrainingMethod().MaximumExamples(role) is { } most && count > most)
                problems.Warning(null, Rules.TooManyExamples, $"The {role.ToString().ToLowerInvariant()} part has {count} examples, but a job with the method '{version.Method}' takes at most {most}. Change the shares, or leave examples out.");
        }

        if (version.TrainingMethod() == TrainingMethod.Reinforcement && counts.Validation == 0)
            problems.Warning(null, Rules.MissingValidationFile, "A job with the method 'reinforcement' needs a validation file, and this version has none. Give 'validation' a share, or name a 'validation_file'.");
        if ((version.ValidationShare > 0 && counts.Validation == 0) || (version.TestShare > 0 && counts.Test == 0))
            problems.Warning(null, Rules.EmptySplit, "A part has a share but no line, because equal lines stay together. Remove duplicate lines.");
    }

    private static void NoteFit(DatasetVersion version, ProblemList problems, BaseModelFit? fit)
    {
        if (fit is not null)
        {
            version.NoteFit(fit);
            foreach (var problem in fit.Problems)
                problems.Warning(null, problem.Code, $"{fit.Model}: {problem.Message}");
        }
        else if (version.BaseModel is not null)
        {
            problems.Warning(null, Rules.BaseModelUnknown, $"The base model {version.BaseModel} is no longer known here, so nothing is said about its limits.");
        }
    }

    private void Reject(DatasetVersion version, List<Source> sources, DatasetError error)
    {
        if (!version.TryReject([.. sources.Select(source => source.Validation)], AddReport(version, sources), error, clock))
            throw new InvalidOperationException($"{version.DatasetId} version {version.Number} is {version.Status}, not validating.");
        db.Publish(new DatasetVersionRejected(version.DatasetId, version.Number, version.Project, error.Code, error.Message, error.Line));
    }

    /// <summary>After too many tries that ended in an exception: said as it is, and no verdict about the file.</summary>
    public void GiveUp(DatasetVersion version) =>
        Reject(version, [], new DatasetError("validation_failed", "The server failed repeatedly while it read the files. Nothing is known to be wrong with them: create the dataset again, and tell the operator if it stays so.", null));

    private int AddReport(DatasetVersion version, List<Source> sources)
    {
        var kept = sources.SelectMany(source => source.Validation.Problems.ToList()).OrderBy(problem => problem.Severity, StringComparer.Ordinal).Take(ProblemList.Kept);
        var position = 0;
        foreach (var problem in kept.OrderBy(problem => sources.FindIndex(source => source.Validation.File == problem.File)).ThenBy(problem => problem.Line ?? int.MaxValue))
            db.Problems.Add(ReportedProblem.Create(version, position++, problem));
        return sources.Sum(source => source.Validation.Problems.ErrorCount + source.Validation.Problems.WarningCount);
    }

    private sealed record Source(FileRole Role, ImportedFile Imported, FileValidation Validation);

    /// <summary>Everything that is held open until the version has ended.</summary>
    private sealed class OpenFiles : IAsyncDisposable
    {
        private readonly Stack<IAsyncDisposable> opened = [];

        public T Add<T>(T file) where T : IAsyncDisposable
        {
            opened.Push(file);
            return file;
        }

        public async ValueTask DisposeAsync()
        {
            while (opened.TryPop(out var file))
                await file.DisposeAsync();
        }
    }
}
