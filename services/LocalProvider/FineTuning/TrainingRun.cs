using System.Diagnostics;
using System.Threading.Channels;
using FineTuneAspire.LocalModel;
using FineTuneAspire.LocalProvider.Files;
using FineTuneAspire.LocalProvider.Models;
using FineTuneAspire.LocalProvider.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <param name="Snapshot">The model as it is now, at the end of an epoch; null in between.</param>
internal sealed record Progress(StepResult Step, LanguageModel? Snapshot);

/// <summary>
/// One run of one job. The numbers are made on a thread of their own and handed over through a channel, so that writing rows and
/// checkpoints never makes a step wait, and a long step never holds a thread of the request pool.
/// </summary>
internal sealed class TrainingRun(IDbContextFactory<ProviderDbContext> contexts, FileStore files, ModelCatalog models, ModelCache cache, DataFolder data, TimeProvider clock)
{
    /// <summary>How long rows are gathered before they are written: one transaction for many steps, and still live enough to watch.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);

    /// <summary>Trains, keeps checkpoints and metrics, and ends with the job succeeded.</summary>
    /// <exception cref="JobFailedException">The run cannot go on for a reason the client can mend.</exception>
    /// <exception cref="OperationCanceledException">The job was cancelled or the process is stopping.</exception>
    public async Task ExecuteAsync(FineTuningJob job, CancellationToken cancellationToken)
    {
        ActivityContext trace;
        KnownModel start;
        FineTuner tuner;
        using (var activity = ProviderTelemetry.StartJobSpan("start_fine_tuning", job.Id, job.TraceParent, job.Model))
        {
            trace = activity?.Context ?? default;
            start = await RequireBaseAsync(models, job, cancellationToken);
            tuner = await PrepareAsync(job, start, cancellationToken);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var recorder = new RunRecorder(job, start.BaseModel, trace, contexts, files, data, clock);
        var steps = Channel.CreateUnbounded<Progress>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var training = Task.Factory.StartNew(() => Train(tuner, steps.Writer, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            var batch = new List<Progress>();
            while (await steps.Reader.WaitToReadAsync(CancellationToken.None))
            {
                batch.Clear();
                while (steps.Reader.TryRead(out var progress))
                    batch.Add(progress);
                await recorder.RecordAsync(batch, cancellationToken);
                await Task.WhenAny(Task.Delay(Gather, clock, cancellationToken), steps.Reader.Completion);
            }
        }
        finally
        {
            // Also when recording failed: the next job must not start beside this one's thread.
            await stop.CancelAsync();
            await training;
        }

        cancellationToken.ThrowIfCancellationRequested();
        await recorder.SucceedAsync(tuner.TrainedTokens, cancellationToken);
    }

    /// <summary>The job's base, or the failure that says it is gone: a tuned model may be deleted while a job that starts from it waits.</summary>
    internal static async Task<KnownModel> RequireBaseAsync(ModelCatalog models, FineTuningJob job, CancellationToken cancellationToken) =>
        await models.FindAsync(job.Model, cancellationToken) ??
        throw new JobFailedException(new JobFailure("model_not_available", $"Model {job.Model} was deleted before the job could start from it.", null));

    private async Task<FineTuner> PrepareAsync(FineTuningJob job, KnownModel start, CancellationToken cancellationToken)
    {
        var model = await cache.GetAsync(start, cancellationToken);
        var train = await TrainingFile.ReadAsync(files.PathOf(job.TrainingFile), job.TrainingFile, "training_file", model, cancellationToken);
        var validation = job.ValidationFile is { } file ? await TrainingFile.ReadAsync(files.PathOf(file), file, "validation_file", model, cancellationToken) : [];
        // Validation has decided all three; a queued job without them is a bug here and may crash.
        var settings = new FineTuningSettings
        {
            Epochs = job.Epochs!.Value,
            BatchSize = job.BatchSize!.Value,
            LearningRateMultiplier = job.LearningRateMultiplier!.Value,
            Seed = job.Seed,
        };
        return new FineTuner(model, train, validation, settings);
    }

    // Never throws: what goes wrong is carried to the channel's reader.
    private static void Train(FineTuner tuner, ChannelWriter<Progress> steps, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var step in tuner.Run(cancellationToken))
            {
                steps.TryWrite(new Progress(step, step.EpochEnded ? tuner.Snapshot() : null));
            }

            steps.Complete();
        }
        catch (ArithmeticException diverged)
        {
            steps.Complete(new JobFailedException(new JobFailure("training_diverged", $"{diverged.Message} Try a smaller learning_rate_multiplier.", null)));
        }
        catch (Exception error)
        {
            steps.Complete(error);
        }
    }
}
