using System.Diagnostics;
using FineTuneAspire.LocalModel;
using FineTuneAspire.LocalProvider.Files;
using FineTuneAspire.LocalProvider.Models;
using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>Writes what a run makes: metrics events, a checkpoint per epoch, and at the end the result file, the model and the job's success.</summary>
internal sealed class RunRecorder(
    FineTuningJob job, string baseModel, ActivityContext trace, IDbContextFactory<ProviderDbContext> contexts, FileStore files, DataFolder data, TimeProvider clock)
{
    private readonly List<StepResult> _steps = [];
    private readonly long _started = clock.GetTimestamp();
    private DateTimeOffset _epochStarted = clock.GetUtcNow();
    private (string Folder, StepResult Step)? _last;

    private string ModelId => TunedModelName.Of(baseModel, job);

    /// <summary>One transaction for the steps gathered. Weights are written before it: nothing slow happens while SQLite's only writer is held.</summary>
    public async Task RecordAsync(IReadOnlyList<Progress> batch, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        foreach (var (step, snapshot) in batch)
        {
            _steps.Add(step);
            db.Events.Add(JobEvent.Metrics(job.Id, RunMetrics.Sentence(step), RunMetrics.Of(step, withTotal: true).ToJsonString(), clock));
            if (snapshot is null)
                continue;
            EndEpochSpan(step);
            var folder = SaveWeights(step, snapshot);
            // The last epoch's checkpoint is the fine-tuned model itself and gets its row together with the job's success.
            if (step.Step == step.TotalSteps)
                _last = (folder, step);
            else
                AddCheckpoint(db, step, folder, $"{ModelId}:ckpt-step-{step.Step}", isCheckpoint: true);
        }

        await db.SaveChangesAsync(cancellationToken);
        if (batch is [.., var newest])
            await EstimateAsync(db, newest.Step, cancellationToken);
        if (batch.Any(progress => progress.Snapshot is not null))
            await DropOldAsync(db, cancellationToken);
    }

    /// <summary>The result file, then one transaction with the model, its checkpoint, the last events and the job's new state; nothing remains when a cancel came first.</summary>
    public async Task SucceedAsync(long trainedTokens, CancellationToken cancellationToken)
    {
        var (folder, step) = _last ?? throw new InvalidOperationException("The run ended without a last step.");
        await using var result = files.Create();
        await result.Stream.WriteAsync(RunMetrics.Csv(_steps), cancellationToken);
        var file = await files.CommitAsync(result, "step_metrics.csv", Purposes.FineTuneResults, cancellationToken);

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await TrySucceedAsync(db, step, folder, file.Id, trainedTokens, cancellationToken))
        {
            await DropOldAsync(db, cancellationToken);
            return;
        }

        await db.Files.Where(one => one.Id == file.Id).ExecuteDeleteAsync(CancellationToken.None);
        File.Delete(files.PathOf(file.Id));
        Directory.Delete(Path.Combine(data.Tuned, folder), recursive: true);
    }

    /// <summary>False when the job was cancelled while its last rows were being prepared.</summary>
    private async Task<bool> TrySucceedAsync(ProviderDbContext db, StepResult step, string folder, string resultFile, long trainedTokens, CancellationToken cancellationToken)
    {
        var row = await db.Jobs.SingleAsync(one => one.Id == job.Id, cancellationToken);
        if (row.Status != JobStatus.Running)
            return false;
        AddCheckpoint(db, step, folder, ModelId, isCheckpoint: false);
        row.Succeed(ModelId, resultFile, trainedTokens, clock.GetUtcNow().ToUnixTimeSeconds());
        db.Events.Add(JobEvent.Of(job.Id, $"New fine-tuned model created: {ModelId}", clock));
        db.Events.Add(JobEvent.Of(job.Id, "The job has successfully completed", clock));
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateConcurrencyException)
        {
            return false;
        }
    }

    private void AddCheckpoint(ProviderDbContext db, StepResult step, string folder, string modelId, bool isCheckpoint)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        db.TunedModels.Add(new TunedModel { Id = modelId, JobId = job.Id, BaseModel = baseModel, Folder = folder, IsCheckpoint = isCheckpoint, CreatedAt = now });
        db.Checkpoints.Add(new Checkpoint
        {
            Id = PrefixedId.New("ftckpt_", clock),
            JobId = job.Id,
            CreatedAt = now,
            Step = step.Step,
            Model = modelId,
            Metrics = RunMetrics.Of(step, withTotal: false).ToJsonString(),
        });
        db.Events.Add(JobEvent.Of(job.Id, $"Checkpoint created at step {step.Step}: {modelId}", clock));
    }

    /// <summary>The folder, relative to the tuned models'. Written beside and renamed, so that a folder with the right name is always whole.</summary>
    private string SaveWeights(StepResult step, LanguageModel snapshot)
    {
        var folder = Path.Combine(job.Id, $"step-{step.Step}");
        var path = Path.Combine(data.Tuned, folder);
        snapshot.Save(path + ".part");
        Directory.Move(path + ".part", path);
        return folder;
    }

    /// <summary>Removes all but the newest checkpoints, rows first: a folder without a row is swept at the next start.</summary>
    private async Task DropOldAsync(ProviderDbContext db, CancellationToken cancellationToken)
    {
        var old = await db.Checkpoints.Where(checkpoint => checkpoint.JobId == job.Id).OrderByDescending(checkpoint => checkpoint.Seq).Skip(Checkpoint.Kept).ToListAsync(cancellationToken);
        var ids = old.Select(checkpoint => checkpoint.Model).ToList();
        var models = await db.TunedModels.Where(model => ids.Contains(model.Id)).ToListAsync(cancellationToken);
        db.Checkpoints.RemoveRange(old);
        db.TunedModels.RemoveRange(models);
        await db.SaveChangesAsync(cancellationToken);
        foreach (var model in models)
            Directory.Delete(Path.Combine(data.Tuned, model.Folder), recursive: true);
    }

    private async Task EstimateAsync(ProviderDbContext db, StepResult newest, CancellationToken cancellationToken)
    {
        var perStep = clock.GetElapsedTime(_started) / newest.Step;
        var finish = (clock.GetUtcNow() + perStep * (newest.TotalSteps - newest.Step)).ToUnixTimeSeconds();
        await db.Jobs.Where(one => one.Id == job.Id && one.Status == JobStatus.Running)
            .ExecuteUpdateAsync(set => set.SetProperty(one => one.EstimatedFinish, finish), cancellationToken);
    }

    /// <summary>One span per epoch, written when it is over: a span that is still open when a process dies is never seen.</summary>
    private void EndEpochSpan(StepResult step)
    {
        using var activity = ProviderTelemetry.Source.StartActivity("fine_tuning_epoch", ActivityKind.Internal, trace, startTime: _epochStarted);
        activity?.SetTag("fta.job.id", job.Id);
        activity?.SetTag("fta.epoch", step.Epoch);
        activity?.SetTag("fta.step", step.Step);
        activity?.SetTag("fta.train_loss", step.TrainLoss);
        _epochStarted = clock.GetUtcNow();
    }
}

/// <summary>`ft:{base}:local:{suffix}:{id}`, OpenAI's form with this provider in the organization's place.</summary>
internal static class TunedModelName
{
    public static string Of(string baseModel, FineTuningJob job) => $"ft:{baseModel}:local:{Slug(job.Suffix)}:{job.Id[^12..]}";

    // ':' separates the parts of a name and '/' those of a URL; what a client may write in a suffix stays visible in `user_provided_suffix`.
    private static string Slug(string? suffix) =>
        string.Concat((suffix ?? "").Select(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.' ? char.ToLowerInvariant(character) : '-'));
}
