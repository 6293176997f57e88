using System.Diagnostics;
using FineTuneAspire.LocalModel;
using FineTuneAspire.LocalProvider.Files;
using FineTuneAspire.LocalProvider.Models;
using FineTuneAspire.LocalProvider.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>
/// Reads the files of new jobs, one job after the other and beside the trainer: a job that cannot be trained fails at once and not
/// when its turn comes. What was "auto" is decided here, where the number of examples is known.
/// </summary>
internal sealed partial class ValidateJobs(
    IDbContextFactory<ProviderDbContext> contexts, FileStore files, ModelCatalog models, ModelCache cache, Trainer trainer, TimeProvider clock, ILogger<ValidateJobs> logger)
    : BackgroundService
{
    private readonly Signal _work = new();

    public void Wake() => _work.Set();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await NextAsync(stoppingToken) is { } job)
                    await ValidateAsync(job, stoppingToken);
                await _work.WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // A job being validated keeps its state and is validated anew at the next start.
            }
        }
    }

    private async Task<FineTuningJob?> NextAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Jobs.AsNoTracking().Where(job => job.Status == JobStatus.ValidatingFiles).OrderBy(job => job.Seq).FirstOrDefaultAsync(cancellationToken);
    }

    private async Task ValidateAsync(FineTuningJob job, CancellationToken cancellationToken)
    {
        using var activity = ProviderTelemetry.StartJobSpan("validate_fine_tuning_files", job.Id, job.TraceParent, job.Model);
        try
        {
            var (settings, explained) = await DecideAsync(job, cancellationToken);
            await SaveAsync(job.Id, row =>
            {
                row.Enqueue(settings.Epochs, settings.BatchSize, settings.LearningRateMultiplier);
                return [JobEvent.Of(job.Id, explained, clock), JobEvent.Of(job.Id, "Files validated, moving job to queued state", clock)];
            }, cancellationToken);
            trainer.Wake();
        }
        catch (JobFailedException rejected)
        {
            activity?.SetTag("error.type", rejected.Failure.Code);
            await FailAsync(job.Id, rejected.Failure, cancellationToken);
        }
        catch (Exception unexpected) when (unexpected is not OperationCanceledException)
        {
            // Left as it is, the job would come up again for ever and hold up those behind it.
            activity?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", unexpected.GetType().FullName);
            LogFailed(unexpected, job.Id);
            await FailAsync(job.Id, new JobFailure("server_error", "The provider could not read the job's files or its base model; its log says why.", null), cancellationToken);
        }
    }

    private async Task<(FineTuningSettings Settings, string Explained)> DecideAsync(FineTuningJob job, CancellationToken cancellationToken)
    {
        var model = await cache.GetAsync(await TrainingRun.RequireBaseAsync(models, job, cancellationToken), cancellationToken);
        var train = await TrainingFile.ReadAsync(files.PathOf(job.TrainingFile), job.TrainingFile, "training_file", model, cancellationToken);
        if (job.ValidationFile is { } validationFile)
            await TrainingFile.ReadAsync(files.PathOf(validationFile), validationFile, "validation_file", model, cancellationToken);

        var settings = FineTuningSettings.Auto(train.Count, job.Epochs, job.BatchSize, job.LearningRateMultiplier, job.Seed);
        return (settings, $"{train.Count} training examples; hyperparameters: n_epochs={settings.Epochs}{Auto(job.Epochs)}, batch_size={settings.BatchSize}{Auto(job.BatchSize)}, " +
            FormattableString.Invariant($"learning_rate_multiplier={settings.LearningRateMultiplier}{Auto(job.LearningRateMultiplier)}"));

        string Auto<T>(T? asked) where T : struct => asked is null ? $" (auto, chosen for {train.Count} examples)" : "";
    }

    private Task FailAsync(string jobId, JobFailure failure, CancellationToken cancellationToken) =>
        SaveAsync(jobId, row =>
        {
            row.Fail(failure, clock.GetUtcNow().ToUnixTimeSeconds());
            return [JobEvent.Of(jobId, failure.Message, clock, "error")];
        }, cancellationToken);

    /// <summary>Moves the job on, unless it was cancelled meanwhile.</summary>
    private async Task SaveAsync(string jobId, Func<FineTuningJob, JobEvent[]> move, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await db.Jobs.SingleAsync(job => job.Id == jobId, cancellationToken);
        if (row.HasEnded)
            return;
        db.Events.AddRange(move(row));
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            LogCancelledMeanwhile(jobId);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Validating job {JobId} failed")]
    private partial void LogFailed(Exception exception, string jobId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId} was cancelled while its files were validated")]
    private partial void LogCancelledMeanwhile(string jobId);
}
